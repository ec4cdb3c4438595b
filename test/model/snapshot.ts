import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';
import { countBy, groupStatus, servedBy, transferStatus, type Item, type World } from './world.js';

/** All that a company is, as lines by name: the model's and the database's are compared letter for letter. */
export interface Snapshot {
  readonly members: Readonly<Record<string, string>>;
  readonly relations: Readonly<Record<string, string>>;
  readonly groups: Readonly<Record<string, string>>;
  readonly transfers: Readonly<Record<string, string>>;
  readonly items: Readonly<Record<string, string>>;
  readonly told: Readonly<Record<string, string>>;
  readonly audited: Readonly<Record<string, string>>;
  /** What breaks a rule that must always hold. */
  readonly broken: readonly unknown[];
}

const time = (at: number | null) => (at === null ? '-' : new Date(at).toISOString());
const list = (names: Iterable<string>) => `[${[...names].sort().join(' ')}]`;
const line = (parts: readonly (string | number | null)[]) => parts.map((part) => part ?? '-').join(' ');

/** What the model expects to be there. */
export function expected(world: World): Snapshot {
  const items = [...world.transfers.values()].flatMap((transfer) =>
    transfer.items.map((item) => [`${transfer.name} ${item.position}`, itemLine(item)] as const),
  );
  return {
    members: named(world.members.values(), (member) =>
      line([member.status, time(member.resignedAt), ...Object.values(countersOf(world, member.name))]),
    ),
    relations: named(world.relations.values(), (one) =>
      line([
        ...[one.member, one.customer, one.status, time(one.endedAt), one.mergedInto],
        ...[`"${one.remark}"`, `"${one.description}"`, list(one.tags)],
      ]),
    ),
    groups: named(world.groups.values(), (group) =>
      line([group.owner, groupStatus(world, group), list([...group.members, ...group.customers])]),
    ),
    transfers: named(world.transfers.values(), (transfer) => {
      const counts = countBy(transfer.items, ({ status }) => status);
      const groups = transfer.items.filter(({ kind }) => kind === 'GROUP').length;
      const count = statuses.map((status) => counts.get(status) ?? 0);
      const { kind, leaver, waitHours, retryOf, items: all } = transfer;
      return line([kind, transferStatus(transfer), leaver, waitHours, retryOf, all.length, groups, ...count]);
    }),
    items: Object.fromEntries(items),
    told: Object.fromEntries(
      [...world.told].map(([whom, { messages, items: about }]) => [whom, line([messages, about])]),
    ),
    audited: Object.fromEntries([...world.audited].map(([what, times]) => [what, String(times)])),
    broken: [],
  };
}

const statuses = [
  'REJECTED',
  'WAITING',
  'COMPLETED',
  'REFUSED',
  'CANCELLED',
  'SUCCESSOR_FULL',
  'FAILED',
  'UNDONE',
] as const;

function itemLine(item: Item): string {
  return line([
    ...[item.kind, item.subject, item.relation, item.status, item.reason, item.kind === 'GROUP' ? null : item.outcome],
    ...[item.successor, time(item.dueAt), time(item.takenOverAt), time(item.endedAt)],
    ...[item.attempt, ...(item.follows?.split('.') ?? [null, null]), item.inTransfer, list(item.keptBecause)],
  ]);
}

/** What a member holds, is about to give and get, and has given, counted anew from relations, groups and items. */
function countersOf(world: World, member: string) {
  const counted = (kind: Item['kind'], side: 'leaver' | 'successor', status: Item['status']) =>
    [...world.transfers.values()].reduce(
      (sum, transfer) =>
        sum +
        transfer.items.filter(
          (item) =>
            item.kind === kind &&
            item.status === status &&
            (side === 'leaver' ? transfer.leaver : item.successor) === member,
        ).length,
      0,
    );
  return {
    customers: servedBy(world, member).length,
    groups: [...world.groups.values()].filter(({ owner }) => owner === member).length,
    waiting: counted('CUSTOMER', 'leaver', 'WAITING'),
    incoming: counted('CUSTOMER', 'successor', 'WAITING'),
    handedOver: counted('CUSTOMER', 'leaver', 'COMPLETED'),
    refused: counted('CUSTOMER', 'leaver', 'REFUSED'),
    failed: counted('CUSTOMER', 'leaver', 'FAILED'),
    groupsWaiting: counted('GROUP', 'leaver', 'WAITING'),
    groupsHandedOver: counted('GROUP', 'leaver', 'COMPLETED'),
  };
}

function named<Value extends { readonly name: string }>(values: Iterable<Value>, say: (value: Value) => string) {
  return Object.fromEntries([...values].map((value) => [value.name, say(value)]));
}

type Row = readonly (string | number | null | readonly string[])[];
type Rows = Record<Exclude<keyof Snapshot, 'broken'>, Row[]> & { broken: unknown[] };

/** What is there, in one statement. `nameOf` knows every id that the model has a name for. */
export async function actual(
  db: Database,
  enterpriseId: string,
  nameOf: ReadonlyMap<string, string>,
): Promise<Snapshot> {
  const [row] = await db.query<{ snapshot: Rows }>(Prisma.sql`SELECT ${Prisma.raw(snapshotSql)} AS snapshot
    FROM (SELECT ${enterpriseId}::uuid AS id) enterprise`);
  if (!row) throw new Error('There is no answer.');
  const { snapshot } = row;
  const say = (value: Row[number]) =>
    typeof value === 'string'
      ? (nameOf.get(value) ?? value)
      : value instanceof Array
        ? list(value.map((one) => nameOf.get(one) ?? one))
        : value;
  const lines = (rows: readonly Row[], width = 1) =>
    Object.fromEntries(
      rows.map((parts) => [line(parts.slice(0, width).map(say)), line(parts.slice(width).map(say))] as const),
    );
  return {
    members: lines(snapshot.members),
    relations: lines(snapshot.relations),
    groups: lines(snapshot.groups),
    transfers: lines(snapshot.transfers),
    items: lines(snapshot.items, 2),
    told: lines(snapshot.told, 2),
    audited: lines(snapshot.audited),
    broken: snapshot.broken,
  };
}

const iso = (column: string) => `coalesce(to_char(${column} AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'), '-')`;
const rows = (parts: string, from: string) =>
  `(SELECT coalesce(json_agg(json_build_array(${parts})), '[]') FROM ${from})`;

const snapshotSql = `json_build_object(
  'broken', (SELECT coalesce(json_agg(b), '[]') FROM test_broken_invariants(enterprise.id) b),
  'members', ${rows(
    `m.id, m.status, ${iso('m.resigned_at')}, ${['customers', 'groups', 'waiting', 'incoming', 'handed_over', 'refused', 'failed', 'groups_waiting', 'groups_handed_over'].map((column) => `coalesce(p.${column}, 0)`).join()}`,
    `member m LEFT JOIN portfolio p ON p.member_id = m.id WHERE m.enterprise_id = enterprise.id`,
  )},
  'relations', ${rows(
    `r.id, r.member_id, r.customer_id, r.status, ${iso('r.ended_at')}, r.merged_into_id, '"' || r.remark || '"', '"' || r.description || '"',
     ARRAY(SELECT tag_id FROM relation_tag t WHERE t.relation_id = r.id)`,
    `relation r WHERE r.enterprise_id = enterprise.id`,
  )},
  'groups', ${rows(
    `g.id, g.owner_id, g.status, ARRAY(SELECT coalesce(member_id, customer_id) FROM group_participant p WHERE p.group_id = g.id)`,
    `customer_group g WHERE g.enterprise_id = enterprise.id`,
  )},
  'transfers', ${rows(
    `t.id, t.kind, t.status, t.leaver_id, t.wait_hours, t.retry_of_id, t.total, t.groups, ${statuses.map((status) => `t.${status.toLowerCase()}`).join()}`,
    `transfer t WHERE t.enterprise_id = enterprise.id`,
  )},
  'items', ${rows(
    `i.transfer_id, i.position, i.kind, coalesce(i.customer_id::text, i.group_id::text, i.requested), i.relation_id, i.status, i.reason,
     CASE WHEN i.kind = 'CUSTOMER' THEN i.outcome END, i.successor_id, ${iso('i.takeover_due_at')}, ${iso('i.taken_over_at')}, ${iso('i.ended_at')}, i.attempt,
     i.follows_transfer, i.follows_position, i.in_transfer_id, coalesce(i.kept_because, '{}')`,
    `transfer_item i WHERE i.enterprise_id = enterprise.id`,
  )},
  'told', ${rows(
    `e.recipient_id, e.type, e.messages, e.items`,
    `(SELECT event.recipient_id, event.type, count(*) AS messages,
             sum(CASE WHEN event.position IS NULL THEN fact.item_count ELSE 1 END) AS items
      FROM inbox_event event JOIN fact ON fact.id = event.fact_id WHERE event.enterprise_id = enterprise.id GROUP BY 1, 2) e`,
  )},
  'audited', ${rows(
    `a.action, a.count`,
    `(SELECT concat_ws(' ', action, outcome::text, code) AS action, count(*) FROM audit_event
      WHERE enterprise_id = enterprise.id AND action <> 'openOwners' GROUP BY 1) a`,
  )})`;
