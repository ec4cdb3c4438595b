import { Prisma } from '../../generated/prisma/client.js';
import { stickyMembers } from './tiers-plan.js';
import type { CustomerPlan, PlanRule } from './transfer-plan.js';

/** The place of the first rule whose condition holds, on `r` and `c`. */
export function ruleOf(rules: readonly PlanRule[]): Prisma.Sql {
  const [only] = rules;
  if (rules.length === 1 && only) return Prisma.sql`${only.place}::int`;
  return Prisma.sql`CASE ${Prisma.join(casesOf(rules), ' ')} END`;
}

/**
 * The same where the customer `c` is not at hand: looked up for those whom no rule before takes that asks about the relation
 * alone. Joining all customers took longer, even where a third of them were asked about.
 */
export function ruleOfRelation(rules: readonly PlanRule[]): Prisma.Sql {
  const first = rules.findIndex(({ looksAtCustomer }) => looksAtCustomer);
  if (first < 0) return ruleOf(rules);
  const looked = Prisma.sql`(SELECT ${ruleOf(rules.slice(first))} FROM customer c WHERE c.id = r.customer_id)`;
  return first === 0 ? looked : Prisma.sql`CASE ${Prisma.join(casesOf(rules.slice(0, first)), ' ')} ELSE ${looked} END`;
}

function casesOf(rules: readonly PlanRule[]): Prisma.Sql[] {
  return rules.map(({ place, condition }) => Prisma.sql`WHEN ${condition ?? Prisma.sql`TRUE`} THEN ${place}::int`);
}

/**
 * What the lots of STICKY rules are told by, as lists of a WITH that end in `tied`: for each customer whom one of `stickyMembers`
 * knows, their seats as bits, in the tier where they come first. Null where no rule is STICKY.
 */
export function tiesOf({ enterpriseId: id, rules }: CustomerPlan): Prisma.Sql | null {
  const memberIds = stickyMembers(rules);
  if (memberIds.length === 0) return null;
  const enterpriseId = Prisma.sql`${id}::uuid`;
  const bits = Prisma.raw(`bit(${memberIds.length})`);
  const tier = (number: number) =>
    Prisma.sql`coalesce(bit_or(knows.bits) FILTER (WHERE tier = ${number}::int), 0::${bits})`;
  const seats = memberIds.map((member_id) => ({ member_id, bits: bitsOf(memberIds, [member_id]) }));
  // From the successors' side, in a few passes: from the customers' side it would be three look-ups for each of them.
  return Prisma.sql`
    known AS (
      SELECT r.customer_id, r.member_id, 1 AS tier
      FROM relation r WHERE r.enterprise_id = ${enterpriseId} AND r.member_id = ANY(${memberIds}::uuid[]) AND r.status = 'ACTIVE'
      UNION ALL
      SELECT r.customer_id, r.member_id, 2
      FROM relation r WHERE r.enterprise_id = ${enterpriseId} AND r.member_id = ANY(${memberIds}::uuid[]) AND r.status <> 'ACTIVE'
      UNION ALL
      SELECT i.customer_id, t.leaver_id, 2 FROM transfer t JOIN transfer_item i ON i.transfer_id = t.id
      WHERE t.enterprise_id = ${enterpriseId} AND t.leaver_id = ANY(${memberIds}::uuid[])
        AND i.kind = 'CUSTOMER' AND i.status = 'COMPLETED'
      UNION ALL
      SELECT inside.customer_id, m.member_id, 3
      FROM group_participant m JOIN group_participant inside ON inside.group_id = m.group_id
      WHERE m.enterprise_id = ${enterpriseId} AND m.member_id = ANY(${memberIds}::uuid[])
        AND inside.customer_id IS NOT NULL
    ),
    tied AS (
      SELECT customer_id, tier1, tier2 & ~tier1 AS tier2, tier3 & ~(tier1 | tier2) AS tier3 FROM (
        SELECT customer_id, ${tier(1)} AS tier1, ${tier(2)} AS tier2, ${tier(3)} AS tier3
        FROM known JOIN (
          SELECT member_id, bits::${bits} FROM jsonb_to_recordset(${JSON.stringify(seats)}::jsonb) AS s (member_id uuid, bits text)
        ) knows USING (member_id)
        GROUP BY customer_id
      ) best
    )`;
}

function bitsOf(memberIds: readonly string[], wanted: readonly string[]): string {
  return memberIds.map((id) => (wanted.includes(id) ? '1' : '0')).join('');
}

/** What tells the lots of a rule apart; empty where all of its customers are alike. Read by `stickyTiers` and `matchingTiers`. */
export function lotOf(plan: CustomerPlan): Prisma.Sql {
  const seated = plan.rules.filter(({ seats }) => seats.length > 0);
  const matching = seated.filter(({ strategy }) => strategy === 'MATCHING').map(({ place }) => place);
  const cases = [
    ...seated.filter(({ strategy }) => strategy === 'STICKY').map((rule) => stickyLot(plan, rule)),
    // Within the CASE, so that it is looked up for their customers alone.
    ...(matching.length > 0 ? [Prisma.sql`WHEN rule_place = ANY(${matching}::int[]) THEN ${matchingLot}`] : []),
  ];
  return cases.length === 0
    ? Prisma.sql`''`
    : Prisma.sql`CASE WHEN reason IS NOT NULL THEN '' ${Prisma.join(cases, ' ')} ELSE '' END`;
}

/** The seats of this rule's own that `tied` names, a list of bits for each tier; all others fall to the ELSE. */
function stickyLot({ rules }: CustomerPlan, { place, seats }: PlanRule): Prisma.Sql {
  const memberIds = stickyMembers(rules);
  const bits = Prisma.raw(`bit(${memberIds.length})`);
  const own = bitsOf(
    memberIds,
    seats.map(({ memberId }) => memberId),
  );
  const mine = Prisma.sql`${own}::${bits}`;
  return Prisma.sql`WHEN rule_place = ${place}::int AND (tier1 | tier2 | tier3) & ${mine} <> 0::${bits}
    THEN concat_ws(',', tier1 & ${mine}, tier2 & ${mine}, tier3 & ${mine})`;
}

/** The customer's corp tags in braces, and a colon and the region where there is one. */
const matchingLot = Prisma.sql`concat(
        corp_tag_ids, (SELECT ':' || region FROM customer WHERE id = checked.customer_id))`;
