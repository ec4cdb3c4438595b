import { randomFillSync } from 'node:crypto';
import type { Clock } from './clock.js';

/** Makes identifiers. */
export interface Ids {
  /** A new UUIDv7, greater than every one this source gave before. */
  next(): string;
}

/** Fills the bytes with unpredictable values; a test may fill them with predictable ones. */
export type Randomness = (bytes: Uint8Array) => void;

/** The operating system's randomness. */
export const systemRandomness: Randomness = (bytes) => void randomFillSync(bytes);

const idsPerDraw = 256;
const randomBytesPerId = 8;
const counterLimit = 0x1000;

/**
 * Identifiers that sort by their time, which keeps new rows together in an index.
 *
 * Ids of one source always ascend, also when many are made in a millisecond, or when the clock stands still or goes
 * back: 12 bits count within a millisecond, and when they are used up the id takes the next one. 62 bits are random.
 */
export function createIds(clock: Clock, randomness: Randomness = systemRandomness): Ids {
  // One draw for many ids: asking the operating system for each costs more than all the rest.
  const pool = Buffer.alloc(idsPerDraw * randomBytesPerId);
  let offset = pool.length;
  let lastMs = 0;
  let counter = 0;

  return {
    next() {
      const ms = clock.now().getTime();
      if (ms > lastMs) {
        lastMs = ms;
        counter = 0;
      } else if (++counter === counterLimit) {
        lastMs++;
        counter = 0;
      }
      if (offset === pool.length) {
        randomness(pool);
        offset = 0;
      }
      const random = pool.toString('hex', offset, offset + randomBytesPerId);
      const variant = (8 + (pool.readUInt8(offset) >> 6)).toString(16);
      offset += randomBytesPerId;
      const time = lastMs.toString(16).padStart(12, '0');
      const count = counter.toString(16).padStart(3, '0');
      return `${time.slice(0, 8)}-${time.slice(8)}-7${count}-${variant}${random.slice(1, 4)}-${random.slice(4)}`;
    },
  };
}

/** An ASCII text in base64url. By a Buffer it takes twice as long, and there are three in each of thousands of events. */
export function opaque(ascii: string): string {
  let text = btoa(ascii);
  if (/[+/]/.test(text)) text = text.replaceAll('+', '-').replaceAll('/', '_');
  const { length } = text;
  return text[length - 1] === '=' ? text.slice(0, text[length - 2] === '=' ? -2 : -1) : text;
}
