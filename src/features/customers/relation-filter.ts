import { Prisma } from '../../generated/prisma/client.js';
import type { CustomerKind } from '../../generated/prisma/enums.js';
import {
  combined,
  textConditions,
  timeConditions,
  type Combinable,
  type TextCondition,
  type TimeCondition,
} from '../../platform/db/conditions.js';
import { visibleTag } from './relations.store.js';

/** Conditions on the tags of a relation that its reader sees. Ids that are unknown are on no relation. */
export interface TagCondition {
  readonly anyOf?: readonly string[];
  readonly allOf?: readonly string[];
  readonly noneOf?: readonly string[];
}

/**
 * Which relations: what lists of a member's customers are filtered by, and what a handover selects by. It is JSON, and
 * its ids are UUIDs. Read it from a client's argument with `readRelationFilter`, which knows the limits.
 */
export interface RelationFilter extends Combinable<RelationFilter> {
  readonly tags?: TagCondition;
  readonly addedAt?: TimeCondition;
  readonly lastMessageAt?: TimeCondition;
  readonly name?: TextCondition;
  readonly remark?: TextCondition;
  readonly region?: TextCondition;
  readonly city?: TextCondition;
  readonly businessType?: TextCondition;
  readonly kind?: CustomerKind;
}

/**
 * Who filters, and when: PERSONAL tags count for the member they belong to, on that member's relations, and for nobody
 * else. Days are counted back from `now`, the application's clock.
 */
export interface FilterReader {
  readonly enterpriseId: string;
  readonly personalTagsOf: string | null;
  readonly now: Date;
}

/** What the relation and its customer are called in the statement that the condition stands in. */
export interface FilterAliases {
  readonly relation: string;
  readonly customer: string;
}

/**
 * The filter as a condition on a relation and its customer, for any statement that has both. It adds no condition on
 * the enterprise, the member or the status of the relation: the statement does.
 */
export function relationFilterSql(filter: RelationFilter, reader: FilterReader, aliases: FilterAliases): Prisma.Sql {
  const r = Prisma.raw(aliases.relation);
  const c = Prisma.raw(aliases.customer);
  return combined(filter, (own) => [
    ...tagConditions(own.tags, reader, r),
    ...timeConditions(Prisma.sql`${r}.added_at`, own.addedAt, reader.now),
    ...timeConditions(Prisma.sql`${r}.last_message_at`, own.lastMessageAt, reader.now),
    ...textConditions(Prisma.sql`${c}.name`, own.name),
    ...textConditions(Prisma.sql`${r}.remark`, own.remark),
    ...textConditions(Prisma.sql`${c}.region`, own.region),
    ...textConditions(Prisma.sql`${c}.city`, own.city),
    ...textConditions(Prisma.sql`${c}.business_type`, own.businessType),
    ...(own.kind === undefined ? [] : [Prisma.sql`${c}.kind = ${own.kind}::"CustomerKind"`]),
  ]);
}

/** Whether the condition of `relationFilterSql` speaks of the customer, or of the relation alone. */
export function filterNeedsCustomer({ and, or, not, ...own }: RelationFilter): boolean {
  const inner = [...(and ?? []), ...(or ?? []), ...(not ? [not] : [])];
  return ofCustomers.some((name) => own[name] !== undefined) || inner.some(filterNeedsCustomer);
}

const ofCustomers = ['name', 'region', 'city', 'businessType', 'kind'] as const satisfies (keyof RelationFilter)[];

function tagConditions(condition: TagCondition | undefined, reader: FilterReader, r: Prisma.Sql): Prisma.Sql[] {
  if (condition && reader.personalTagsOf === null) return corpTagConditions(condition, r);
  return visibleTagConditions(condition, reader, r);
}

/** Answered by the relation alone, tag by tag: `&&` takes seven times as long for one, and little less for fifty. */
function corpTagConditions({ anyOf, allOf, noneOf }: TagCondition, r: Prisma.Sql): Prisma.Sql[] {
  const has = (ids: readonly string[]) => ids.map((id) => Prisma.sql`${id}::uuid = ANY(${r}.corp_tag_ids)`);
  return [
    ...(anyOf ? [Prisma.sql`(${Prisma.join(has(anyOf), ' OR ')})`] : []),
    ...has(allOf ?? []),
    ...(noneOf ? [Prisma.sql`NOT (${Prisma.join(has(noneOf), ' OR ')})`] : []),
  ];
}

/** One look at the relation's tags for each relation: a page of 20 reads 20. For lists, where PERSONAL tags count. */
function visibleTagConditions(condition: TagCondition | undefined, reader: FilterReader, r: Prisma.Sql): Prisma.Sql[] {
  const { anyOf, allOf, noneOf } = condition ?? {};
  const worn = (ids: readonly string[], what: Prisma.Sql) => Prisma.sql`(
    SELECT ${what} FROM relation_tag rt JOIN tag t ON t.id = rt.tag_id
    WHERE rt.relation_id = ${r}.id AND rt.tag_id = ANY(${[...ids]}::uuid[])
      AND t.enterprise_id = ${reader.enterpriseId}::uuid AND ${visibleTag(reader.personalTagsOf, r)})`;
  const one = Prisma.sql`1`;
  const wanted = new Set(allOf);
  return [
    ...(anyOf ? [Prisma.sql`EXISTS ${worn(anyOf, one)}`] : []),
    ...(allOf ? [Prisma.sql`${worn([...wanted], Prisma.sql`count(*)`)} = ${wanted.size}::int`] : []),
    ...(noneOf ? [Prisma.sql`NOT EXISTS ${worn(noneOf, one)}`] : []),
  ];
}
