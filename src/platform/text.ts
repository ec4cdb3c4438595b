import { Refusal } from './errors.js';

/**
 * Checks a text that somebody typed, and returns it as it is: at most `longest` characters (code points), no NUL
 * character, which PostgreSQL cannot store. Refuses INVALID_INPUT.
 */
export function requireText(value: string, field: string, longest: number): string {
  const path = ['input', field];
  if (value.includes('\0')) throw new Refusal('INVALID_INPUT', `${field} must not contain a NUL character.`, { path });
  // A string never has more code points than units: most need no counting.
  if (value.length > longest && [...value].length > longest) {
    throw new Refusal('INVALID_INPUT', `${field} must have at most ${longest} characters, got ${[...value].length}.`, {
      path,
    });
  }
  return value;
}

/** As requireText, and more than blanks: for what cannot do without a name. */
export function requireName(value: string, field: string, longest: number): string {
  if (value.trim() === '') {
    throw new Refusal('INVALID_INPUT', `${field} must have 1 to ${longest} characters, not only blanks.`, {
      path: ['input', field],
    });
  }
  return requireText(value, field, longest);
}

/** As requireText; blanks count as not given. */
export function optionalText(value: string | null | undefined, field: string, longest: number): string | null {
  return value == null || value.trim() === '' ? null : requireText(value, field, longest);
}

/** Whether PostgreSQL can keep a text as it is: it has neither a NUL nor half a character (a lone surrogate). */
export function isReadable(text: string): boolean {
  return !/[\0\p{Surrogate}]/u.test(text);
}

/** Checks every text in the arguments of a mutation, however deep. Refuses INVALID_INPUT with the path of the first one. */
export function requireReadable(value: unknown, path: readonly string[] = ['input']): void {
  if (typeof value === 'string') {
    if (isReadable(value)) return;
    const what = value.includes('\0') ? 'a NUL character' : 'half a character (a lone surrogate)';
    throw new Refusal('INVALID_INPUT', `${path.at(-1)} must not contain ${what}.`, { path: [...path] });
  }
  if (typeof value !== 'object' || value === null || value instanceof Date) return;
  for (const [name, inner] of Object.entries(value)) requireReadable(inner, [...path, name]);
}
