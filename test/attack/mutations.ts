import { buildClientSchema, introspectionFromSchema, isInputObjectType } from 'graphql';
import { schema } from '../../src/app/schema.js';

/** A whole number below this; always the same ones for the same seed. */
export type Random = (below: number) => number;

/** mulberry32: small, and good enough to choose with. */
export function createRandom(seed: number): Random {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296) * below);
  };
}

const inputs = Object.values(buildClientSchema(introspectionFromSchema(schema)).getTypeMap());
/** Words of the schema, to put where others stood. */
const words = inputs.flatMap((type) => [type.name, ...(isInputObjectType(type) ? Object.keys(type.getFields()) : [])]);

const pieces = [
  '{',
  '}',
  '(',
  ')',
  '...',
  '@skip(if: true)',
  '$',
  '"',
  '"""',
  '!',
  '[',
  ']',
  ':',
  '#',
  '|',
  '&',
  '\\',
  '\0',
];
const values: readonly unknown[] = [
  ...[null, true, 0, -1, 1.5, 2 ** 31, 1e308, '', ' ', 'x'.repeat(5_000), '\0', '\uD800', '\u202E', [], {}, [[]], '🙂'],
  ...[
    '__proto__',
    'constructor',
    '9007199254740993',
    '2026-02-30T25:61:00Z',
    "'; DROP TABLE member; --",
    '../../etc/passwd',
  ],
];

export const pick = <T>(random: Random, from: readonly T[]): T => from[random(from.length)] as T;

/** The document with some of its characters, words or parts changed. */
export function mutateDocument(random: Random, document: string): string {
  let text = document;
  for (let n = random(4) + 1; n > 0; n--) {
    const at = random(text.length + 1);
    const parts = text.split(/\b/);
    const way = random(6);
    if (way === 0) text = text.slice(0, at) + pick(random, pieces) + text.slice(at);
    else if (way === 1) text = text.slice(0, at) + text.slice(at + 1 + random(8));
    else if (way === 2) text = text.slice(0, at) + text.slice(random(at + 1), at) + text.slice(at);
    else if (way === 3) parts[random(parts.length)] = pick(random, words);
    else if (way === 4) parts[random(parts.length)] = JSON.stringify(pick(random, values));
    else parts.splice(random(parts.length), 1, pick(random, parts));
    if (way > 2) text = parts.join('');
  }
  return text;
}

/** A value with one of the values in it replaced, left out or added. */
export function mutateValue(random: Random, value: unknown): unknown {
  if (random(3) === 0 || typeof value !== 'object' || value === null) return pick(random, values);
  if (Array.isArray(value)) return [...(value as unknown[]), pick(random, values)];
  const entries = Object.entries(value);
  const at = random(entries.length);
  const way = random(4);
  const chosen = entries[at];
  if (way === 0 || !chosen) entries.push([pick(random, words), pick(random, values)]);
  else if (way === 1) entries.splice(at, 1);
  else entries[at] = [chosen[0], mutateValue(random, chosen[1])];
  return Object.fromEntries(entries);
}

/** The bytes with some of them flipped, cut off or doubled. */
export function mutateBytes(random: Random, bytes: Buffer): Buffer {
  const changed = Buffer.from(bytes);
  for (let n = random(5) + 1; n > 0 && changed.length > 0; n--) changed[random(changed.length)] = random(256);
  const way = random(4);
  if (way === 0) return changed.subarray(0, random(changed.length + 1));
  return way === 1 ? Buffer.concat([changed, changed.subarray(random(changed.length + 1))]) : changed;
}

const headerNames = [
  'content-type',
  'accept',
  'authorization',
  'origin',
  'last-event-id',
  'x-forwarded-for',
  'accept-encoding',
];
const headerValues = [
  ...['', 'x', 'application/json', 'application/json; charset=utf-7', 'text/event-stream', 'multipart/mixed', 'null'],
  ...[
    'Bearer',
    'Bearer x',
    'Bearer eyJhbGciOiJub25lIn0.e30.',
    `Bearer ${'x'.repeat(4_000)}`,
    '*/*;q=9',
    '::1, 1.2.3.4',
    'ÿ',
  ],
];

export function mutateHeaders(random: Random, headers: Record<string, string>): Record<string, string> {
  const changed = { ...headers };
  for (let n = random(3) + 1; n > 0; n--) changed[pick(random, headerNames)] = pick(random, headerValues);
  return changed;
}
