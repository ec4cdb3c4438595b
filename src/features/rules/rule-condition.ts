import type { RelationFilter } from '../customers/customers.js';

/**
 * For whom a rule holds; all that is given must hold. It is JSON, its ids are UUIDs, and it has at least one of the two:
 * a rule for everybody has no condition.
 */
export interface RuleCondition {
  readonly customers?: RelationFilter;
  /** Where the leaver works; with `includeSubDepartments` anywhere below as well. */
  readonly leaverDepartmentId?: string;
  readonly includeSubDepartments?: boolean;
}

/** Something that a condition names, and where: the path that leads to it from the condition. */
export interface Named {
  readonly id: string;
  readonly path: readonly string[];
}

/** Every tag that a condition names, however deep, with its place. */
export function tagsNamedBy(condition: RuleCondition | null): Named[] {
  return condition?.customers ? tagsIn(condition.customers, ['customers']) : [];
}

function tagsIn(filter: RelationFilter, path: readonly string[]): Named[] {
  const lists = { and: filter.and ?? [], or: filter.or ?? [] };
  return [
    ...Object.entries(filter.tags ?? {}).flatMap(([operator, ids]) =>
      (ids as readonly string[]).map((id, place) => ({ id, path: [...path, 'tags', operator, String(place)] })),
    ),
    ...Object.entries(lists).flatMap(([name, inner]) =>
      inner.flatMap((each, place) => tagsIn(each, [...path, name, String(place)])),
    ),
    ...(filter.not ? tagsIn(filter.not, [...path, 'not']) : []),
  ];
}
