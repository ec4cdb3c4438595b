import { sign, verify, type KeyObject } from 'node:crypto';
import { z } from 'zod';
import { UnreadableEvidence } from './audit.errors.js';
import type { ChainPlace } from './verify-chain.js';

/** Where a chain stood at a moment, signed: kept outside, it is what a log is held against that was made anew. */
export interface Checkpoint extends ChainPlace {
  /** Key of the enterprise. */
  readonly enterprise: string;
  readonly enterpriseId: string;
  /** When it was made, ISO 8601. */
  readonly at: string;
  /** Ed25519 over what `signedText` says, in base64url. */
  readonly signature: string;
}

const shape = z.object({
  enterprise: z.string(),
  enterpriseId: z.guid(),
  sequence: z.int().min(1),
  hash: z.string().regex(/^[0-9a-f]{64}$/),
  at: z.string(),
  signature: z.string(),
});

const signedText = ({ enterprise, enterpriseId, sequence, hash, at }: Omit<Checkpoint, 'signature'>) =>
  Buffer.from(JSON.stringify(['baton checkpoint 1', enterprise, enterpriseId, sequence, hash, at]));

/** Signs where a chain stands. */
export function signCheckpoint(place: Omit<Checkpoint, 'signature'>, key: KeyObject): Checkpoint {
  const { enterprise, enterpriseId, sequence, hash, at } = place;
  const signature = sign(null, signedText(place), key).toString('base64url');
  return { enterprise, enterpriseId, sequence, hash, at, signature };
}

/**
 * The checkpoints in a text of one JSON object a line, as `npm run audit:checkpoint` prints them; of any enterprise. Throws
 * UnreadableEvidence with the number of the first line that is none, or that this key did not sign.
 */
export function readCheckpoints(text: string, key: KeyObject): Checkpoint[] {
  const lines = text.split('\n').map((line, index) => ({ line: line.trim(), number: index + 1 }));
  return lines
    .filter(({ line }) => line !== '')
    .map(({ line, number }) => {
      const parsed = shape.safeParse(parse(line));
      if (!parsed.success) {
        throw new UnreadableEvidence(
          `Line ${number} is no checkpoint. Give what npm run audit:checkpoint printed, one JSON object a line.`,
        );
      }
      if (!verify(null, signedText(parsed.data), key, Buffer.from(parsed.data.signature, 'base64url'))) {
        throw new UnreadableEvidence(
          `The checkpoint of line ${number} was not signed with the key that is set, or was changed since. Trust it no more than the log.`,
        );
      }
      return parsed.data;
    });
}

function parse(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return null;
  }
}
