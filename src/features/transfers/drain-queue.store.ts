import { Prisma, type Enterprise, type Member, type Transfer } from '../../generated/prisma/client.js';
import { drainDigest } from '../../platform/db/item-digest.js';
import type { Tx } from '../../platform/db/transaction.js';
import type { KeptRule, KeptSeat } from './seats-plan.js';
import { tallyItems } from './tally-items.store.js';

/** A running transfer with customers who are queued, locked, and those of its rules that they are queued at, in order. */
export interface Queue {
  readonly transfer: Transfer;
  readonly rules: readonly KeptRule[];
}

/**
 * Locks the transfer whose queue moves next; null when none does, or others are at work on those that do. In each enterprise
 * that is the oldest one that somebody of a pool has room for, or whose leaver's inheritance period is over.
 *
 * A younger one does not go ahead while another instance holds the oldest: it would take the room that is the older one's.
 * Where nothing is queued, this reads an empty index.
 */
export async function claimQueue(tx: Tx, now: Date): Promise<Queue | null> {
  const at = Prisma.sql`${now}::timestamptz`;
  const [claimed] = await tx.$queryRaw<{ id: string }[]>`
    WITH queued AS MATERIALIZED (
      SELECT id, enterprise_id, kind, leaver_id, submitted_at FROM transfer WHERE queued > 0 AND status = 'RUNNING'
    ),
    seat AS MATERIALIZED (
      SELECT queued.id AS transfer_id, seat."memberId" AS member_id
      FROM queued JOIN transfer_rule rule ON rule.transfer_id = queued.id AND rule.queued > 0
      CROSS JOIN LATERAL jsonb_to_recordset(rule.seats) AS seat ("memberId" uuid)
      WHERE seat."memberId" <> queued.leaver_id
    ),
    -- As seated() and reasonAgainst() say it: what they pass over must not be claimed, or the queue behind would stand still.
    free AS MATERIALIZED (
      SELECT m.id FROM (SELECT DISTINCT member_id FROM seat) wanted
      JOIN member m ON m.id = wanted.member_id JOIN enterprise e ON e.id = m.enterprise_id
      LEFT JOIN portfolio p ON p.member_id = m.id
      WHERE m.status = 'ACTIVE' AND m.verified AND m.customer_contact AND m.accepts_assignments
        AND (m.last_login_at IS NULL OR m.last_login_at >= ${at} - e.successor_inactive_days * interval '24 hours')
        AND coalesce(p.customers, 0) + coalesce(p.incoming, 0) < coalesce(m.customer_limit, e.customer_limit)
    ),
    next AS (
      SELECT DISTINCT ON (queued.enterprise_id) queued.id
      FROM queued JOIN member leaver ON leaver.id = queued.leaver_id JOIN enterprise e ON e.id = queued.enterprise_id
      WHERE queued.id IN (SELECT seat.transfer_id FROM seat JOIN free ON free.id = seat.member_id)
        OR (queued.kind = 'RESIGNED' AND leaver.resigned_at + e.inheritance_days * interval '24 hours' < ${at})
      ORDER BY queued.enterprise_id, queued.submitted_at, queued.id
    )
    SELECT id FROM transfer WHERE id IN (SELECT id FROM next) AND queued > 0 AND status = 'RUNNING'
    ORDER BY submitted_at, id LIMIT 1 FOR UPDATE SKIP LOCKED`;
  if (!claimed) return null;
  const transfer = await tx.transfer.findUniqueOrThrow({ where: { id: claimed.id } });
  const rules = await tx.transferRule.findMany({
    where: { transferId: claimed.id, queued: { gt: 0 } },
    orderBy: { place: 'asc' },
  });
  return { transfer, rules: rules.map((rule) => ({ ...rule, seats: rule.seats as unknown as KeptSeat[] })) };
}

/** Who has a part in a queue, as they are now. The caller holds their portfolios; nobody's row is locked. */
export async function findPool(
  tx: Tx,
  { enterpriseId, leaverId }: Transfer,
  memberIds: readonly string[],
): Promise<{ enterprise: Enterprise; leaver: Member; members: ReadonlyMap<string, Member> }> {
  const enterprise = await tx.enterprise.findUniqueOrThrow({ where: { id: enterpriseId } });
  const found = await tx.member.findMany({ where: { enterpriseId, id: { in: [leaverId, ...memberIds] } } });
  const members = new Map(found.map((member) => [member.id, member]));
  const leaver = members.get(leaverId);
  if (!leaver) throw new Error(`Member ${leaverId}, the leaver of a transfer, is not there.`);
  return { enterprise, leaver, members };
}

/** What became of customers who were queued. */
export interface Drained {
  /** Places of those who have a successor now. */
  readonly given: readonly number[];
  readonly failed: number;
}

/**
 * Gives queued customers to those whom the plan, as `givenOut` makes it, names, and ends those who have a reason in it; the others
 * go on waiting. Counts on both sides, and for the rule and each successor's share, in the same statement. The caller holds
 * the transfer and the portfolios.
 */
export async function giveOut(
  tx: Tx,
  { id, enterpriseId, leaverId, note }: Transfer,
  planned: Prisma.Sql,
  drain: {
    readonly number: number;
    readonly now: Date;
    readonly takeoverDueAt: Date;
    /** What the rule has its successors read. */
    readonly ruleNote: string;
  },
): Promise<Drained> {
  const { number, now, takeoverDueAt, ruleNote } = drain;
  const transferId = Prisma.sql`${id}::uuid`;
  const [drained] = await tx.$queryRaw<Drained[]>`
    WITH plan AS MATERIALIZED (${planned}),
    done AS (
      UPDATE transfer_item i
      SET status = CASE WHEN plan.reason IS NULL THEN 'WAITING' ELSE 'FAILED' END::"TransferItemStatus", reason = plan.reason,
          ended_at = CASE WHEN plan.reason IS NOT NULL THEN ${now}::timestamptz END, successor_id = plan.member_id,
          takeover_due_at = CASE WHEN plan.reason IS NULL THEN ${takeoverDueAt}::timestamptz END,
          load_before = plan.load_before, chosen_because = plan.because, drain = CASE WHEN plan.reason IS NULL THEN ${number}::int END
      FROM plan
      WHERE i.transfer_id = ${transferId} AND i.position = plan.position AND i.status = 'QUEUED'
        AND (plan.reason IS NOT NULL OR plan.member_id IS NOT NULL)
      RETURNING i.position, i.successor_id, i.rule_place
    ),
    share AS MATERIALIZED (
      SELECT successor_id AS member_id, count(*)::int AS given, min(position) AS first FROM done
      WHERE successor_id IS NOT NULL GROUP BY 1
    ),
    -- Whoever has no share yet comes after those who have; these read the rule's note from now on, if they did not before.
    successors AS (
      INSERT INTO transfer_successor (transfer_id, member_id, enterprise_id, position, assigned, note)
      SELECT ${transferId}, share.member_id, ${enterpriseId}::uuid, coalesce(own.position,
               (SELECT coalesce(max(position), -1) FROM transfer_successor WHERE transfer_id = ${transferId})
               + row_number() OVER (PARTITION BY own.position IS NULL ORDER BY share.first)), share.given,
               ${noted(Prisma.sql`${note}::text`, ruleNote)}
      FROM share LEFT JOIN transfer_successor own ON own.transfer_id = ${transferId} AND own.member_id = share.member_id
      ON CONFLICT (transfer_id, member_id) DO UPDATE SET assigned = transfer_successor.assigned + excluded.assigned,
        note = ${noted(Prisma.sql`transfer_successor.note`, ruleNote)}
    ),
    ${tallyItems(
      { id, enterpriseId, kind: 'CUSTOMER' },
      Prisma.sql`(
        SELECT rule_place, NULL::uuid AS successor_id, -1 AS waits, (successor_id IS NULL)::int AS fails FROM done
        UNION ALL SELECT rule_place, successor_id, 1, 0 FROM done WHERE successor_id IS NOT NULL) moved`,
      { waiting: Prisma.sql`waits`, failed: Prisma.sql`fails` },
    )},
    takers AS (
      UPDATE portfolio SET incoming = incoming + share.given FROM share WHERE portfolio.member_id = share.member_id
    ),
    ended AS MATERIALIZED (SELECT count(*)::int AS items FROM done WHERE successor_id IS NULL),
    giver AS (
      UPDATE portfolio SET waiting = waiting - ended.items, failed = failed + ended.items
      FROM ended WHERE ended.items > 0 AND portfolio.member_id = ${leaverId}::uuid
    ),
    rules AS (
      UPDATE transfer_rule SET assigned = assigned + sums.given, queued = queued - sums.items
      FROM (SELECT rule_place, count(*)::int AS items, count(successor_id)::int AS given FROM done GROUP BY 1) sums
      WHERE transfer_rule.transfer_id = ${transferId} AND transfer_rule.place = sums.rule_place
    )
    SELECT coalesce((SELECT array_agg(position ORDER BY position) FROM done WHERE successor_id IS NOT NULL), '{}') AS given,
           items AS failed
    FROM ended`;
  return drained ?? { given: [], failed: 0 };
}

/** The digest over the customers at these places, each with the successor they got; null: none. */
export async function digestOfDrain(tx: Tx, transferId: string, places: readonly number[]): Promise<string | null> {
  if (places.length === 0) return null;
  const [row] = await tx.$queryRaw<{ digest: string | null }[]>`
    SELECT ${drainDigest} AS digest FROM transfer_item i
    WHERE transfer_id = ${transferId}::uuid AND position = ANY(${[...places]}::int[])`;
  return row?.digest ?? null;
}

/** A handover note with that of a rule, once; see `noteFor`. */
function noted(note: Prisma.Sql, ruleNote: string): Prisma.Sql {
  if (ruleNote === '') return note;
  const apart = Prisma.sql`E'\\n\\n'`;
  return Prisma.sql`CASE WHEN strpos(${apart} || ${note} || ${apart}, ${apart} || ${ruleNote}::text || ${apart}) > 0 THEN ${note}
    ELSE concat_ws(${apart}, nullif(${note}, ''), ${ruleNote}::text) END`;
}

/** The number that the transfer's next drain has. */
export async function nextDrain(tx: Tx, transferId: string): Promise<number> {
  const { _max } = await tx.transferDrain.aggregate({ where: { transferId }, _max: { number: true } });
  return (_max.number ?? 0) + 1;
}

/** Keeps how the pool of a rule stood when a drain shared its queue out. */
export async function insertDrain(
  tx: Tx,
  { id, enterpriseId }: Transfer,
  drain: {
    readonly number: number;
    readonly place: number;
    readonly at: Date;
    readonly seats: readonly KeptSeat[];
  },
): Promise<void> {
  const seats = drain.seats.map((seat) => ({ ...seat }));
  await tx.transferDrain.create({ data: { ...drain, transferId: id, enterpriseId, seats } });
}
