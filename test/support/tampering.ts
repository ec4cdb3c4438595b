import { randomUUID } from 'node:crypto';
import { chainStart, linkHash, type AuditRecord, type SealedRecord } from '../../src/features/audit/link-hash.js';

/** A number from 0 to below `end`. */
export type Random = (end: number) => number;

/** Numbers that the seed decides, so that a failure can be played again. */
export function randomFrom(seed: number): Random {
  let state = seed;
  return (end) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * end);
  };
}

/** A record of which everything is given by the dice. */
export function randomRecord(enterpriseId: string, random: Random): AuditRecord {
  const actions = ['updateSettings', 'takeOver', 'addRelation', 'endRelation', 'undoTransfer'];
  const maybe = <T>(value: T) => (random(2) === 0 ? null : value);
  const refused = random(4) === 0;
  return {
    id: randomUUID(),
    enterpriseId,
    at: new Date(1_770_000_000_000 + random(1_000_000_000)),
    action: actions[random(actions.length)]!,
    outcome: refused ? 'REFUSED' : 'SUCCESS',
    code: refused ? 'NOT_FOUND' : null,
    actorKind: random(2) === 0 ? 'MEMBER' : 'SYSTEM',
    actorId: maybe(randomUUID()),
    actorName: `Ana ${random(9)}`,
    subjectType: maybe('Member'),
    subjectId: maybe(randomUUID()),
    transferId: maybe(randomUUID()),
    requestId: maybe(randomUUID()),
    address: maybe(`10.0.0.${random(255)}`),
    departmentId: maybe(randomUUID()),
    detail: { before: { waitHours: random(50) }, after: { waitHours: random(50), note: `n${random(99)}` } },
  };
}

/** The records in a chain, from a place on, by the hash of now or by another. */
export function chained(
  records: readonly AuditRecord[],
  after: { sequence: number; hash: string } = { sequence: 0, hash: chainStart },
  hashOf: typeof linkHash = linkHash,
): SealedRecord[] {
  let { sequence, hash } = after;
  return records.map((record) => {
    hash = hashOf(hash, ++sequence, record);
    return { enterpriseId: record.enterpriseId, sequence, hash, record };
  });
}

/** The record with one of its values changed. */
export function changed(record: AuditRecord, random: Random): AuditRecord {
  const other = randomUUID();
  const fields: Partial<AuditRecord>[] = [
    { at: new Date(record.at.getTime() + 1 + random(1000)) },
    { action: `${record.action}X` },
    { outcome: record.outcome === 'SUCCESS' ? 'REFUSED' : 'SUCCESS' },
    { code: record.code === null ? 'FORBIDDEN' : null },
    { actorKind: record.actorKind === 'MEMBER' ? 'CUSTOMER' : 'MEMBER' },
    { actorId: other },
    { actorName: `${record.actorName}!` },
    { subjectType: record.subjectType === null ? 'Tag' : null },
    { subjectId: other },
    { transferId: other },
    { requestId: other },
    { address: '192.0.2.1' },
    { departmentId: record.departmentId === null ? other : null },
    { detail: { ...(record.detail as object), after: { waitHours: 99 + random(99) } } },
    { detail: { ...(record.detail as object), more: random(99) } },
  ];
  return { ...record, ...fields[random(fields.length)]! };
}

const at = <T>(list: readonly T[], place: number): T => list[place]!;

/** A chain as an attacker leaves it, and how they tampered with it. */
export interface Tampered {
  readonly records: SealedRecord[];
  /** The first place that is not as it was. */
  readonly from: number;
}

/** The seven ways to tamper with a chain, each somewhere at random. */
export const tamperings: Readonly<Record<string, (chain: readonly SealedRecord[], random: Random) => Tampered>> = {
  'a record changed': (chain, random) => {
    const k = random(chain.length);
    const records = chain.with(k, { ...at(chain, k), record: changed(at(chain, k).record!, random) });
    return { records, from: k + 1 };
  },
  'a record deleted': (chain, random) => {
    const k = random(chain.length - 1);
    // With its place in the chain, or without; those after it as they were, or moved up.
    const way = random(3);
    if (way === 0) return { records: chain.with(k, { ...at(chain, k), record: null }), from: k + 1 };
    const rest = chain.toSpliced(k, 1);
    const records = way === 1 ? rest : rest.map((one, place) => ({ ...one, sequence: place + 1 }));
    return { records, from: k + 1 };
  },
  'two records swapped': (chain, random) => {
    const k = random(chain.length - 1);
    const other = k + 1 + random(chain.length - k - 1);
    const [one, two] = [at(chain, k), at(chain, other)];
    // The records alone, or with their hashes.
    const swap = (place: SealedRecord, from: SealedRecord, whole: boolean) =>
      whole ? { ...from, sequence: place.sequence } : { ...place, record: from.record };
    const whole = random(2) === 0;
    return { records: chain.with(k, swap(one, two, whole)).with(other, swap(two, one, whole)), from: k + 1 };
  },
  'a record inserted': (chain, random) => {
    const k = random(chain.length);
    const previous = k === 0 ? { sequence: 0, hash: chainStart } : at(chain, k - 1);
    const [added] = chained([randomRecord(at(chain, 0).enterpriseId, random)], previous);
    const rest = chain.slice(k);
    const moved = random(2) === 0 ? rest : rest.map((one) => ({ ...one, sequence: one.sequence + 1 }));
    return { records: [...chain.slice(0, k), added!, ...moved], from: k + 1 };
  },
  'the tail cut off': (chain, random) => {
    const k = random(chain.length);
    return { records: chain.slice(0, k), from: k + 1 };
  },
  'all made anew from a record on': (chain, random) => {
    const k = random(chain.length);
    const previous = k === 0 ? { sequence: 0, hash: chainStart } : at(chain, k - 1);
    const rest = chain.slice(k).map(({ record }) => record!);
    // Changed, left out, or something put before.
    const way = random(3);
    const lost = rest.length > 1 && way === 1;
    const anew = lost
      ? rest.slice(1)
      : way === 2
        ? [randomRecord(at(chain, 0).enterpriseId, random), ...rest]
        : [changed(rest[0]!, random), ...rest.slice(1)];
    return { records: [...chain.slice(0, k), ...chained(anew, previous)], from: k + 1 };
  },
  'a stretch in the midst forged': (chain, random) => {
    const k = random(chain.length - 1);
    const end = k + 1 + random(chain.length - k - 1);
    const previous = k === 0 ? { sequence: 0, hash: chainStart } : at(chain, k - 1);
    const forged = chain.slice(k, end).map(({ record }) => record!);
    const anew = chained([changed(forged[0]!, random), ...forged.slice(1)], previous);
    return { records: [...chain.slice(0, k), ...anew, ...chain.slice(end)], from: k + 1 };
  },
};
