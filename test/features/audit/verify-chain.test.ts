import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { chainStart, firstLinkHash } from '../../../src/features/audit/link-hash.js';
import { verifyChain } from '../../../src/features/audit/verify-chain.js';
import { chained, randomFrom, randomRecord, tamperings } from '../../support/tampering.js';

const times = 200;
const seed = Number(process.env.MODEL_SEED ?? Date.now() % 2 ** 31);

function someChain(run: number) {
  const random = randomFrom(seed + run);
  const enterpriseId = randomUUID();
  const chain = chained(Array.from({ length: 2 + random(30) }, () => randomRecord(enterpriseId, random)));
  return { random, chain, head: chain.at(-1)! };
}

test('a log that nobody has touched is verified to its end, from its start and from every place', async () => {
  for (let run = 0; run < times; run++) {
    const { chain, head, random } = someChain(run);
    const place = chain[random(chain.length)]!;
    const known = { sequence: place.sequence, hash: place.hash };

    const verdicts = [
      await verifyChain(chain, chain),
      await verifyChain(chain.slice(place.sequence), [known, head], known),
    ];

    const verified = { sequence: head.sequence, hash: head.hash };
    expect(verdicts, `seed ${seed}, run ${run}`).toEqual([
      { verified, bad: null },
      { verified, bad: null },
    ]);
  }
});

describe(`of ${times} random attacks on a log with a checkpoint outside, all are found`, () => {
  test.each(Object.entries(tamperings))('%s', async (_kind, tamper) => {
    for (let run = 0; run < times; run++) {
      const { chain, random, head } = someChain(run);
      const { records, from } = tamper(chain, random);

      const { bad } = await verifyChain(records, [head]);

      const told = `seed ${seed}, run ${run}: ${JSON.stringify(bad)}`;
      expect(bad, told).not.toBeNull();
      // A log made anew hangs together: that it is another is known, where it begins to be only from more checkpoints.
      const earliest = bad!.fault === 'REWRITTEN' ? 1 : from;
      expect(bad!.sequence, told).toBeGreaterThanOrEqual(earliest);
      expect(bad!.sequence, told).toBeLessThanOrEqual(head.sequence + 1);
    }
  });
});

test('where a checkpoint stands for every record, the first one that is wrong is named, whatever was done', async () => {
  for (const [kind, tamper] of Object.entries(tamperings)) {
    for (let run = 0; run < times; run++) {
      const { chain, random } = someChain(run);
      const { records, from } = tamper(chain, random);

      const { bad, verified } = await verifyChain(records, chain);

      expect([bad?.sequence, verified.sequence], `${kind}, seed ${seed}, run ${run}`).toEqual([from, from - 1]);
    }
  }
});

test('without a checkpoint, a cut tail and a log made anew pass for whole: what is outside is what finds them', async () => {
  const { chain, random } = someChain(0);
  for (const kind of ['the tail cut off', 'all made anew from a record on']) {
    const { records } = tamperings[kind]!(chain, random);
    expect((await verifyChain(records)).bad).toBeNull();
  }
});

test('records that were sealed without their department are verified as they were, and those after them with theirs', async () => {
  for (let run = 0; run < times; run++) {
    const random = randomFrom(seed + run);
    const enterpriseId = randomUUID();
    const some = () => Array.from({ length: 1 + random(8) }, () => randomRecord(enterpriseId, random));
    const before = chained(some(), undefined, firstLinkHash);
    const chain = [...before, ...chained(some(), before.at(-1))];
    const head = chain.at(-1)!;
    const moved = (place: number) => {
      const { record, ...link } = chain[place]!;
      return chain.with(place, { ...link, record: { ...record!, departmentId: randomUUID() } });
    };

    const old = random(before.length);
    const late = before.length + random(chain.length - before.length);

    const told = `seed ${seed}, run ${run}`;
    const verified = { sequence: head.sequence, hash: head.hash };
    expect(await verifyChain(chain, [head]), told).toEqual({ verified, bad: null });
    expect((await verifyChain(moved(late))).bad, told).toMatchObject({ sequence: late + 1, fault: 'CHANGED' });
    // Given the hash that it would have had before, all after it contradict it, or a checkpoint.
    const { record } = moved(late)[late]!;
    const hash = firstLinkHash(chain[late - 1]!.hash, late + 1, record!);
    expect((await verifyChain(chain.with(late, { ...chain[late]!, record, hash }), [head])).bad, told).not.toBeNull();
    // What no hash covers, none can prove.
    expect((await verifyChain(moved(old))).bad, told).toBeNull();
  }
});

test('an empty log is whole, unless a checkpoint says that there was one', async () => {
  expect(await verifyChain([])).toEqual({ verified: { sequence: 0, hash: chainStart }, bad: null });
  expect((await verifyChain([], [{ sequence: 3, hash: 'ab' }])).bad).toMatchObject({ sequence: 1, fault: 'CUT' });
});
