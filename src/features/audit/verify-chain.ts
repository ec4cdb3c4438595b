import { chainStart, isLinkHash, type SealedRecord } from './link-hash.js';

/** How a log can be wrong. */
export type ChainFault =
  /** The record is not the one that its hash was made of, or the one before it is not. */
  | 'CHANGED'
  /** A place of the chain is missing, or its record is. */
  | 'MISSING'
  /** A record stands where none, or another, should. */
  | 'OUT_OF_PLACE'
  /** The log ends before a checkpoint that was made of it. */
  | 'CUT'
  /** Whole in itself, but not the log that a checkpoint was made of. */
  | 'REWRITTEN'
  /** The items that a record tells of are not those that its digest was made of. */
  | 'ITEMS_CHANGED'
  /** In the log, and not in its chain. */
  | 'OUTSIDE';

/** The first record that is wrong. */
export interface BadRecord {
  /** Null where it has no place in the chain. */
  readonly sequence: number | null;
  /** Null where there is no record. */
  readonly recordId: string | null;
  readonly fault: ChainFault;
  /** What is wrong with it, in a sentence. */
  readonly message: string;
}

/** A place in a chain, known from elsewhere. */
export interface ChainPlace {
  readonly sequence: number;
  readonly hash: string;
}

/** What a look at a chain came to. */
export interface ChainVerdict {
  /** How far it hangs together; where a checkpoint is contradicted, how far the one before it agreed. */
  readonly verified: ChainPlace;
  /** Null: all is as it was sealed. */
  readonly bad: BadRecord | null;
}

/**
 * Follows the chain of one enterprise from a known place, by default its start, and finds the first record that is not as it
 * was sealed. Pure but for reading `records`, which must come in order of their sequence; constant memory.
 *
 * A chain alone shows what was changed, removed, swapped, put in or forged in its midst. Whoever may write the database can
 * also cut its tail off, or make it anew from some record on: this shows only against `checkpoints`, in any order. Of those, what lies
 * before the place it begins at is not looked at.
 */
export async function verifyChain(
  records: AsyncIterable<SealedRecord> | Iterable<SealedRecord>,
  checkpoints: readonly ChainPlace[] = [],
  from: ChainPlace = { sequence: 0, hash: chainStart },
): Promise<ChainVerdict> {
  const ahead = checkpoints
    .filter(({ sequence }) => sequence >= from.sequence)
    .sort((one, other) => one.sequence - other.sequence);
  let verified = from;
  let agreed = from;
  /** What a checkpoint of the place that was verified last says against it. */
  const contradicted = (): BadRecord | null => {
    for (; ahead[0]?.sequence === verified.sequence; ahead.shift()) {
      if (ahead[0].hash === verified.hash) agreed = verified;
      else {
        const message =
          `Records ${agreed.sequence + 1} to ${verified.sequence} are not those that the checkpoint of ${verified.sequence} was made ` +
          'of: one of them was written anew, and all after it.';
        return { sequence: agreed.sequence + 1, recordId: null, fault: 'REWRITTEN', message };
      }
    }
    return null;
  };
  const atStart = contradicted();
  if (atStart) return { verified, bad: atStart };

  for await (const { sequence, hash, record } of records) {
    const expected = verified.sequence + 1;
    const bad = (fault: ChainFault, message: string, at = sequence): ChainVerdict => ({
      verified,
      bad: { sequence: at, recordId: record?.id ?? null, fault, message },
    });
    if (sequence > expected)
      return bad('MISSING', `Record ${expected} is missing: ${sequence} follows ${expected - 1}.`, expected);
    if (sequence < expected)
      return bad('OUT_OF_PLACE', `A record says that it is ${sequence}, where ${expected} belongs.`);
    if (record === null) return bad('MISSING', `Record ${sequence} was sealed, and is gone.`);
    if (!isLinkHash(hash, verified.hash, sequence, record)) {
      return bad(
        'CHANGED',
        `Record ${sequence}, or its place, is not as it was sealed: its hash does not follow from it and from the one before.`,
      );
    }
    verified = { sequence, hash };
    const against = contradicted();
    if (against) return { verified: agreed, bad: against };
  }
  const [missing] = ahead;
  if (!missing) return { verified, bad: null };
  const message = `The log ends with record ${verified.sequence}; a checkpoint was made of record ${missing.sequence}.`;
  return { verified, bad: { sequence: verified.sequence + 1, recordId: null, fault: 'CUT', message } };
}
