import type { RelationFilter, TagCondition } from '../customers/customers.js';

/** The conditions of one level of a filter; all of them hold. */
export type OwnConditions = Omit<RelationFilter, 'and' | 'or' | 'not'>;

const textFields = ['name', 'remark', 'region', 'city', 'businessType'] as const;
const timeFields = ['addedAt', 'lastMessageAt'] as const;

type Text = NonNullable<RelationFilter['name']>;
type Time = NonNullable<RelationFilter['addedAt']>;

/** Why these conditions cannot all hold, in words; null where they may. Texts are compared letter for letter only. */
export function clashOf(all: readonly OwnConditions[]): string | null {
  for (const field of textFields) {
    const given = pick(all, field);
    const equal = new Set(given.flatMap(({ eq }) => (eq === undefined ? [] : [eq])));
    if (equal.size > 1) return `${field} cannot be two texts at once`;
    if (allowedBy(given)?.size === 0) return `${field} cannot be in one list and not in the other`;
  }
  for (const field of timeFields) {
    const clash = timeClash(field, timeOf(pick(all, field)));
    if (clash !== null) return clash;
  }
  if (new Set(pick(all, 'kind')).size > 1) return 'kind cannot be two at once';
  const { needed, anyOf, none } = tagsOf(pick(all, 'tags'));
  if ([...needed].some((id) => none.has(id))) return 'a tag cannot be there and in noneOf';
  if (anyOf.some((ids) => ids.every((id) => none.has(id)))) return 'every tag of anyOf is in noneOf';
  return null;
}

/** Whether these conditions follow from the given ones, for certain. */
export function followsFrom(given: readonly OwnConditions[], wanted: OwnConditions): boolean {
  return (
    textFields.every((field) => wanted[field] === undefined || textFollows(pick(given, field), wanted[field])) &&
    timeFields.every(
      (field) => wanted[field] === undefined || timeFollows(timeOf(pick(given, field)), wanted[field]),
    ) &&
    (wanted.kind === undefined || pick(given, 'kind').includes(wanted.kind)) &&
    (wanted.tags === undefined || tagsFollow(pick(given, 'tags'), wanted.tags))
  );
}

function pick<Field extends keyof OwnConditions>(
  all: readonly OwnConditions[],
  field: Field,
): NonNullable<OwnConditions[Field]>[] {
  return all.flatMap((own) => own[field] ?? []);
}

/** The texts that `eq` and `in` leave; null: any. */
function allowedBy(given: readonly Text[]): ReadonlySet<string> | null {
  const lists = given.flatMap(({ eq, in: among }) => [...(eq === undefined ? [] : [[eq]]), ...(among ? [among] : [])]);
  if (lists.length === 0) return null;
  const [first = [], ...rest] = lists.map((list) => new Set(list));
  return new Set([...first].filter((text) => rest.every((list) => list.has(text))));
}

function textFollows(given: readonly Text[], { eq, in: among, contains, startsWith }: Text): boolean {
  const allowed = allowedBy(given);
  const all = (test: (text: string) => boolean) => allowed !== null && [...allowed].every(test);
  const values = new Set(among);
  const part = contains ?? '';
  const start = startsWith ?? '';
  return (
    (eq === undefined || all((text) => text === eq)) &&
    (among === undefined || all((text) => values.has(text))) &&
    (contains === undefined ||
      all((text) => text.includes(part)) ||
      given.some((each) => each.contains?.includes(part) || each.startsWith?.includes(part))) &&
    (startsWith === undefined ||
      all((text) => text.startsWith(start)) ||
      given.some((each) => each.startsWith?.startsWith(start)))
  );
}

/** The narrowest bounds of several conditions on one time. */
interface Bounds {
  readonly after: number;
  readonly before: number;
  readonly withinDays: number;
  readonly olderThanDays: number;
  readonly isNull: boolean;
  /** `isNull: false`, or a bound that only a known time keeps. */
  readonly isKnown: boolean;
}

function timeOf(given: readonly Time[]): Bounds {
  const known = ({ after, before, withinDays, olderThanDays, isNull }: Time) =>
    isNull === false || [after, before, withinDays, olderThanDays].some((bound) => bound !== undefined);
  return {
    after: Math.max(...given.map(({ after }) => (after === undefined ? -Infinity : Date.parse(after)))),
    before: Math.min(...given.map(({ before }) => (before === undefined ? Infinity : Date.parse(before)))),
    withinDays: Math.min(...given.map(({ withinDays }) => withinDays ?? Infinity)),
    olderThanDays: Math.max(...given.map(({ olderThanDays }) => olderThanDays ?? -Infinity)),
    isNull: given.some(({ isNull }) => isNull === true),
    isKnown: given.some(known),
  };
}

function timeClash(
  field: string,
  { after, before, withinDays, olderThanDays, isNull, isKnown }: Bounds,
): string | null {
  if (isNull && isKnown) return `${field} cannot be unknown and known`;
  if (after >= before) return `${field} cannot be after its latest and before its earliest time`;
  if (withinDays <= olderThanDays)
    return `${field} cannot be within ${withinDays} and older than ${olderThanDays} days`;
  return null;
}

function timeFollows(given: Bounds, { after, before, withinDays, olderThanDays, isNull }: Time): boolean {
  return (
    (after === undefined || given.after >= Date.parse(after)) &&
    (before === undefined || given.before <= Date.parse(before)) &&
    (withinDays === undefined || given.withinDays <= withinDays) &&
    (olderThanDays === undefined || given.olderThanDays >= olderThanDays) &&
    (isNull === undefined || (isNull ? given.isNull : given.isKnown))
  );
}

/** The tags that several conditions demand: each of `needed`, one of each list of `anyOf`, none of `none`. */
function tagsOf(given: readonly TagCondition[]) {
  const anyOf = given.flatMap((each) => (each.anyOf ? [[...new Set(each.anyOf)]] : []));
  const needed = new Set([
    ...given.flatMap((each) => each.allOf ?? []),
    ...anyOf.filter(({ length }) => length === 1).flat(),
  ]);
  return { needed, anyOf, none: new Set(given.flatMap((each) => each.noneOf ?? [])) };
}

function tagsFollow(given: readonly TagCondition[], { anyOf, allOf, noneOf }: TagCondition): boolean {
  const { needed, anyOf: lists, none } = tagsOf(given);
  const wanted = new Set(anyOf);
  return (
    (anyOf === undefined ||
      anyOf.some((id) => needed.has(id)) ||
      lists.some((ids) => ids.every((id) => wanted.has(id)))) &&
    (allOf === undefined || allOf.every((id) => needed.has(id))) &&
    (noneOf === undefined || noneOf.every((id) => none.has(id)))
  );
}
