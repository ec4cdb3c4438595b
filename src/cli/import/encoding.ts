import { createReadStream } from 'node:fs';
import { StartupError } from '../../platform/errors.js';

/** How the bytes of a file are to be read. */
export interface Encoding {
  readonly name: 'utf8' | 'gb18030';
  /** Bytes may mean nothing in this encoding: rows that have the replacement character are bad. */
  readonly mayBeDamaged: boolean;
}

/**
 * Tells UTF-8 from GB18030 by the whole file, in passes that keep nothing: the first character that matters may be the
 * last one.
 *
 * Text that is valid UTF-8 is UTF-8. Otherwise more sound characters than broken ones make it UTF-8 too: one broken
 * byte must not turn a million good names into other characters. Throws a StartupError for UTF-16.
 */
export async function detectEncoding(path: string, fileName: string): Promise<Encoding> {
  if (await isValidUtf8(path, fileName)) return { name: 'utf8', mayBeDamaged: false };
  return { name: (await isMostlyUtf8(path)) ? 'utf8' : 'gb18030', mayBeDamaged: true };
}

async function isValidUtf8(path: string, fileName: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8', { fatal: true });
  let isStart = true;
  try {
    for await (const bytes of read(path)) {
      if (isStart) refuseUtf16(bytes, fileName);
      isStart = false;
      decoder.decode(bytes, { stream: true });
    }
    decoder.decode();
    return true;
  } catch (error) {
    if (error instanceof TypeError) return false;
    throw error;
  }
}

async function isMostlyUtf8(path: string): Promise<boolean> {
  const decoder = new TextDecoder('utf-8');
  let balance = 0;
  for await (const bytes of read(path)) {
    for (const character of decoder.decode(bytes, { stream: true })) {
      if (character === '\uFFFD') balance--;
      else if (character > '\x7F') balance++;
    }
  }
  return balance > 0;
}

function read(path: string): AsyncIterable<Buffer> {
  return createReadStream(path, { highWaterMark: 1 << 18 });
}

function refuseUtf16(bytes: Buffer, fileName: string): void {
  const isMarked = (bytes[0] === 0xff && bytes[1] === 0xfe) || (bytes[0] === 0xfe && bytes[1] === 0xff);
  // Without a mark, a Latin header in UTF-16 still has a zero in every second byte.
  if (isMarked || bytes[0] === 0 || bytes[1] === 0) {
    throw new StartupError(
      `${fileName} is UTF-16. Save it as "CSV UTF-8" and import again; UTF-8 and GB18030 can be read.`,
    );
  }
}
