import type { RelationFilter, TagCondition } from '../customers/customers.js';
import type { RuleCondition } from './rule-condition.js';

/** What the tags and departments are called that conditions name; one that is gone is left out. */
export interface ConditionNames {
  readonly tags: ReadonlyMap<string, { readonly name: string }>;
  readonly departments: ReadonlyMap<string, { readonly name: string }>;
}

const longestList = 5;

const fields = {
  name: 'name',
  remark: 'remark',
  region: 'region',
  city: 'city',
  businessType: 'business type',
} as const;

const times = {
  addedAt: { verb: 'added', unknown: 'added at an unknown time', known: 'added at a known time' },
  lastMessageAt: { verb: 'last message', unknown: 'never wrote', known: 'wrote before' },
} as const;

/** A condition in plain English: `city is "Shanghai" and tagged VIP`. Lists are told up to five entries. */
export function conditionText(condition: RuleCondition | null, names: ConditionNames): string {
  if (condition === null) return 'everybody';
  const { customers, leaverDepartmentId, includeSubDepartments } = condition;
  const department = leaverDepartmentId === undefined ? undefined : names.departments.get(leaverDepartmentId);
  const place = department ? `"${department.name}"` : 'a department that is gone';
  return [
    ...(leaverDepartmentId === undefined
      ? []
      : [`leaver works in ${place}${includeSubDepartments ? ' or below it' : ''}`]),
    ...(customers ? partsOf(customers, names) : []),
  ].join(' and ');
}

function partsOf(filter: RelationFilter, names: ConditionNames): string[] {
  const { tags, kind, and, or, not } = filter;
  const inner = (each: RelationFilter) => partsOf(each, names);
  const grouped = (each: RelationFilter) => {
    const parts = inner(each);
    return parts.length > 1 ? `(${parts.join(' and ')})` : parts.join('');
  };
  return [
    ...Object.entries(fields).flatMap(([field, label]) => textParts(label, filter[field as keyof typeof fields])),
    ...(kind === undefined ? [] : [`kind is ${kind}`]),
    ...Object.keys(times).flatMap((field) => timeParts(field as keyof typeof times, filter)),
    ...tagParts(tags, names),
    ...(and ?? []).flatMap(inner),
    ...(or ? [or.length === 1 ? or.map(grouped).join('') : `(${or.map(grouped).join(' or ')})`] : []),
    ...(not ? [`not (${inner(not).join(' and ')})`] : []),
  ];
}

function textParts(label: string, condition: RelationFilter['name']): string[] {
  const { eq, in: among, contains, startsWith } = condition ?? {};
  return [
    ...(eq === undefined ? [] : [`${label} is ${quoted(eq)}`]),
    ...(among === undefined ? [] : [`${label} is ${listed(among.map(quoted), 'or')}`]),
    ...(contains === undefined ? [] : [`${label} contains ${quoted(contains)}`]),
    ...(startsWith === undefined ? [] : [`${label} starts with ${quoted(startsWith)}`]),
  ];
}

function timeParts(field: keyof typeof times, filter: RelationFilter): string[] {
  const { after, before, withinDays, olderThanDays, isNull } = filter[field] ?? {};
  const { verb, unknown, known } = times[field];
  const days = (count: number) => (count === 1 ? '1 day' : `${count} days`);
  return [
    ...(after === undefined ? [] : [`${verb} since ${after}`]),
    ...(before === undefined ? [] : [`${verb} before ${before}`]),
    ...(withinDays === undefined ? [] : [`${verb} within ${days(withinDays)}`]),
    ...(olderThanDays === undefined ? [] : [`${verb} more than ${days(olderThanDays)} ago`]),
    ...(isNull === undefined ? [] : [isNull ? unknown : known]),
  ];
}

function tagParts(condition: TagCondition | undefined, { tags }: ConditionNames): string[] {
  const { anyOf, allOf, noneOf } = condition ?? {};
  const called = (ids: readonly string[]) => ids.map((id) => tags.get(id)?.name ?? '(a tag that is gone)');
  return [
    ...(anyOf ? [`tagged ${listed(called(anyOf), 'or')}`] : []),
    ...(allOf ? [`tagged ${listed(called(allOf), 'and')}`] : []),
    ...(noneOf ? [`not tagged ${listed(called(noneOf), 'or')}`] : []),
  ];
}

function listed(words: readonly string[], last: 'and' | 'or'): string {
  const shown = words.slice(0, longestList);
  const more = words.length - shown.length;
  const all = more > 0 ? [...shown, `${more} more`] : shown;
  return all.length < 2 ? all.join('') : `${all.slice(0, -1).join(', ')} ${last} ${all.at(-1)}`;
}

function quoted(text: string): string {
  return `"${text}"`;
}
