import { z } from 'zod';

/** A tag as a cell writes it: `Group/Name`. */
export interface TagName {
  readonly group: string;
  readonly name: string;
}

const filled = (max: number) =>
  z.string().trim().min(1, 'is empty; every row needs it').max(max, `is longer than ${max} characters`);

/** The company's own id of something: never empty. Spaces around it do not count. */
export const key = filled(200);

/** Text that must be there. Spaces around it do not count. */
export const text = filled;

/** Text that may be missing: an empty cell is null. */
export const optional = (max: number) =>
  z
    .string()
    .trim()
    .max(max, `is longer than ${max} characters`)
    .transform((value) => (value === '' ? null : value));

/** One of the values, or null for an empty cell where that is said to be allowed. */
export function oneOf<const Value extends string>(values: readonly Value[]): z.ZodType<Value>;
export function oneOf<const Value extends string>(
  values: readonly Value[],
  empty: 'may be empty',
): z.ZodType<Value | null>;
export function oneOf<const Value extends string>(values: readonly Value[], empty?: 'may be empty') {
  const known = new Map<string, Value>(values.map((value) => [value, value]));
  return z.string().transform((cell, context) => {
    const given = cell.trim();
    if (given === '' && empty) return null;
    const value = known.get(given);
    if (value !== undefined) return value;
    const shown = given === '' ? 'is empty' : `"${shorten(given)}" is not known`;
    return mistake(context, `${shown}; it is one of ${values.join(', ')}${empty ? ', or empty' : ''}`);
  });
}

const iso8601 = /^(\d{4})-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:[.,]\d{1,9})?)?(Z|[+-]\d{2}(?::?\d{2})?)?)?$/i;

/**
 * A moment in ISO 8601, as UTC text with milliseconds; an empty cell is null. A day alone is its first moment in UTC.
 * A time without a zone is refused: it would be another moment on another machine.
 */
export const instant = z.string().transform((cell, context) => {
  const given = cell.trim();
  if (given === '') return null;
  const parts = iso8601.exec(given);
  if (!parts) return mistake(context, `"${shorten(given)}" is no ISO 8601 time; write it as 2026-01-31T09:30:00Z`);
  if (given.length > 10 && parts[2] === undefined) {
    return mistake(context, `"${given}" does not say in which zone; add Z for UTC, or an offset as +08:00`);
  }
  const date = new Date(normalize(given, parts[2]));
  // JavaScript reads February 30 as March 2.
  if (Number.isNaN(date.getTime()) || !isRealDay(given.slice(0, 10))) {
    return mistake(context, `"${given}" is no day of the calendar, or no time of the day`);
  }
  const year = Number(parts[1]);
  if (year < 1900 || year > 2999) return mistake(context, `"${given}" is not between the years 1900 and 2999`);
  return date.toISOString();
});

/** `Group/Name;Group/Name`: each tag once, in the order given; an empty cell has none. */
export const tagList = z.string().transform((cell, context): TagName[] => {
  const tags = new Map<string, TagName>();
  for (const part of cell
    .split(';')
    .map((each) => each.trim())
    .filter(Boolean)) {
    const slash = part.indexOf('/');
    const tag = { group: part.slice(0, slash).trim(), name: part.slice(slash + 1).trim() };
    if (slash < 1 || tag.group === '' || tag.name === '') {
      return mistake(context, `"${shorten(part)}" is no tag; write Group/Name, and ; between two`);
    }
    if (tag.group.length > 100 || tag.name.length > 100) {
      return mistake(context, `"${shorten(part)}" is longer than 100 characters before or after the /`);
    }
    tags.set(JSON.stringify([tag.group, tag.name]), tag);
  }
  return [...tags.values()];
});

function mistake(context: z.RefinementCtx, message: string): never {
  context.issues.push({ code: 'custom', message, input: context.value });
  return z.NEVER;
}

function normalize(given: string, zone: string | undefined): string {
  if (zone === undefined) return `${given}T00:00:00Z`;
  const local = given.slice(0, -zone.length).replace(/ /, 'T').replace(',', '.').replace(/t/, 'T');
  return local + offset(zone);
}

function offset(zone: string): string {
  if (zone.toUpperCase() === 'Z') return 'Z';
  const digits = zone.slice(1).replace(':', '').padEnd(4, '0');
  return `${zone.slice(0, 1)}${digits.slice(0, 2)}:${digits.slice(2)}`;
}

function isRealDay(day: string): boolean {
  const date = new Date(`${day}T00:00:00Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(day);
}

/** A value as a report shows it: no longer than a line of a terminal bears, control characters made visible. */
export function shorten(value: string): string {
  const visible = value.replace(
    /[\p{Cc}\p{Cf}\u2028\u2029]/gu,
    (character) => `\\u${(character.codePointAt(0) ?? 0).toString(16).padStart(4, '0')}`,
  );
  return visible.length <= 60 ? visible : `${visible.slice(0, 57)}...`;
}
