import { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../actor.js';
import type { App } from '../app.js';
import { ownItemsDigest } from '../db/item-digest.js';
import { inTransaction, type Tx } from '../db/transaction.js';

/** One line of the audit log, as a use case hands it over. */
export interface AuditEntry {
  /** Id of the record, where items stand under it in audit_item already: it keeps how many, and a digest over them. */
  readonly id?: string;
  /** The mutation's name, or the name of what the system did. */
  readonly action: string;
  readonly subject?: { readonly type: string; readonly id: string };
  readonly transferId?: string;
  /** What was asked and what it changed; JSON without secrets. */
  readonly detail?: Prisma.InputJsonObject;
}

/** Appends what was done, in the transaction that did it: both are there or neither. */
export async function recordAudit(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  entry: AuditEntry,
): Promise<void> {
  const items = entry.id === undefined ? null : await itemsOf(tx, entry.id);
  const detail = { ...entry.detail, ...items };
  await tx.auditEvent.create({ data: { ...rowOf(app, caller, { ...entry, detail }), outcome: 'SUCCESS' } });
}

/** Appends several at once, each by a caller of its own. One statement. */
export async function recordAudits(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  records: readonly (AuditEntry & { readonly caller: Caller })[],
): Promise<void> {
  const data = records.map(({ caller, ...entry }) => ({ ...rowOf(app, caller, entry), outcome: 'SUCCESS' as const }));
  await tx.auditEvent.createMany({ data });
}

/** Appends what could not be done, in the transaction in which the rest was: it does not undo what the transaction did. */
export async function recordOmission(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  entry: AuditEntry,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const row = rowOf(app, caller, { ...entry, detail: { ...entry.detail, message } });
  await tx.auditEvent.create({ data: { ...row, outcome: 'REFUSED', code } });
}

/** What the arguments of an attempt name: ids and codes, and nothing that somebody wrote. */
export interface Asked {
  /** The first of them, by field; a list where there may be several. */
  readonly values: Readonly<Record<string, string | readonly string[]>>;
  /** How many there are besides. */
  readonly more: number;
  /** The objects among the first, of any enterprise or none; `isListed` where others could have stood beside it. */
  readonly objects: readonly { readonly type: string; readonly id: string; readonly isListed: boolean }[];
}

/**
 * Appends a refused attempt with what was asked, in a transaction of its own and before it is answered: the refused work has been rolled back.
 * Its subject is what the arguments name, where that is one object of the enterprise.
 */
export async function recordRefusal(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  action: string,
  { code, message }: { readonly code: string; readonly message: string },
  asked: Asked,
): Promise<void> {
  const { values, more } = asked;
  const detail = { message, ...(Object.keys(values).length > 0 && { asked: values }), ...(more > 0 && { more }) };
  await inTransaction(app, async (tx) => {
    const subject = await findSubject(tx, caller.actor.enterpriseId, asked);
    const row = rowOf(app, caller, { action, detail, ...(subject && { subject }) });
    await tx.auditEvent.create({ data: { ...row, outcome: 'REFUSED', code } });
  });
}

/** The tables of what a record can be about. Of two that arguments name, the first tells more of whom it is about. */
const subjectTables = {
  Transfer: 'transfer',
  Relation: 'relation',
  Member: 'member',
  CustomerGroup: 'customer_group',
  Customer: 'customer',
  AssignmentRule: 'assignment_rule',
  TagGroup: 'tag_group',
  Tag: 'tag',
} as const;
/** Of these, whose departments records belong to. */
const aboutPeople = ['Transfer', 'Relation', 'Member', 'CustomerGroup', 'Customer'];

/**
 * The one object that a field of its own names, else the one of members and what they hold that lists name; of those that are there.
 * Undefined: there is none, or no one.
 */
async function findSubject(tx: Tx, enterpriseId: string, { objects, more }: Asked): Promise<AuditEntry['subject']> {
  const named = objects.filter(({ type }) => type in subjectTables);
  if (named.length === 0) return undefined;
  const isThere = Object.entries(subjectTables).map(
    ([type, table]) => Prisma.sql`n.type = ${type} AND EXISTS (
      SELECT 1 FROM ${Prisma.raw(table)} x WHERE x.id = n.id AND x.enterprise_id = ${enterpriseId}::uuid)`,
  );
  const found = await tx.$queryRaw<{ type: string; id: string; isListed: boolean }[]>`
    SELECT n.type, n.id, bool_and(n.is_listed) AS "isListed"
    FROM unnest(${named.map(({ type }) => type)}::text[], ${named.map(({ id }) => id)}::uuid[],
                ${named.map(({ isListed }) => isListed)}::boolean[]) AS n (type, id, is_listed)
    WHERE ${Prisma.join(isThere, ' OR ')} GROUP BY n.type, n.id`;
  const alone = found.filter(({ isListed }) => !isListed);
  const first = Object.keys(subjectTables).find((type) => alone.some((one) => one.type === type));
  const candidates =
    first !== undefined
      ? alone.filter(({ type }) => type === first)
      : found.filter(({ type }) => more === 0 && aboutPeople.includes(type));
  const [subject, other] = candidates;
  return subject && !other ? { type: subject.type, id: subject.id } : undefined;
}

/** How many items stand under this record, and the digest over them; null: none. */
export async function itemsOf(tx: Tx, id: string): Promise<{ items: number; digest: string } | null> {
  const [found] = await tx.$queryRaw<{ items: number; digest: string | null }[]>`
    SELECT count(*)::int AS items, ${ownItemsDigest} AS digest FROM audit_item i WHERE i.audit_event_id = ${id}::uuid`;
  return found?.digest ? { items: found.items, digest: found.digest } : null;
}

function rowOf(app: Pick<App, 'clock' | 'ids'>, caller: Caller, entry: AuditEntry) {
  const { actor } = caller;
  return {
    id: entry.id ?? app.ids.next(),
    enterpriseId: actor.enterpriseId,
    at: app.clock.now(),
    action: entry.action,
    actorKind: actor.kind === 'member' ? 'MEMBER' : actor.kind === 'customer' ? 'CUSTOMER' : 'SYSTEM',
    actorId: actor.id,
    actorName: actor.name,
    subjectType: entry.subject?.type ?? null,
    subjectId: entry.subject?.id ?? null,
    transferId: entry.transferId ?? null,
    requestId: caller.requestId,
    address: caller.address,
    detail: entry.detail ?? {},
  } as const;
}
