import { createHash } from 'node:crypto';
import type { Prisma } from '../generated/prisma/client.js';
import type { Caller } from './actor.js';
import type { App } from './app.js';
import { inTransaction, type Tx } from './db/transaction.js';
import { Refusal } from './errors.js';

/** For so many days a repetition is recognised, as the descriptions of the mutations say. */
export const keyDays = 30;

/**
 * Does `work` once per caller and key. The key, a hash of the arguments and the answer are stored in the work's own
 * transaction: a repetition gets the same answer and does nothing; one at the same time waits for the first.
 *
 * The same key with other arguments, or for another operation, is refused with IDEMPOTENCY_KEY_REUSED. Work that is
 * refused leaves no key behind and may be tried again with the same one. Without a key the work is simply done. A key is
 * remembered for 30 days.
 */
export async function once<Answer extends Prisma.InputJsonObject>(
  app: Pick<App, 'clock'>,
  tx: Tx,
  caller: Caller,
  request: { readonly key: string | null | undefined; readonly operation: string; readonly arguments: unknown },
  work: () => Promise<Answer>,
): Promise<Answer> {
  if (request.key == null) return work();
  if (request.key.length < 1 || request.key.length > 200) {
    throw new Refusal('INVALID_INPUT', 'idempotencyKey must have 1 to 200 characters.', {
      path: ['input', 'idempotencyKey'],
    });
  }
  const actorId = caller.actor.id;
  if (actorId === null) throw new Error('The system repeats nothing by key.');
  const { enterpriseId } = caller.actor;
  const argumentsHash = createHash('sha256').update(stableJson(request.arguments)).digest('hex');

  // The insert waits for a running transaction with the same key, and then sees what that one committed.
  const claimed = await tx.$executeRaw`
    INSERT INTO idempotency_key (enterprise_id, actor_id, key, operation, arguments_hash, answer, created_at)
    VALUES (${enterpriseId}::uuid, ${actorId}::uuid, ${request.key}, ${request.operation}, ${argumentsHash}, '{}', ${app.clock.now()})
    ON CONFLICT DO NOTHING`;
  const where = { enterpriseId_actorId_key: { enterpriseId, actorId, key: request.key } };
  if (claimed === 0) {
    const known = await tx.idempotencyKey.findUniqueOrThrow({ where });
    if (known.operation !== request.operation || known.argumentsHash !== argumentsHash) {
      throw new Refusal(
        'IDEMPOTENCY_KEY_REUSED',
        'This idempotencyKey was used with other arguments. Take a new key for a new request.',
        { path: ['input', 'idempotencyKey'] },
      );
    }
    return known.answer as Answer;
  }
  const answer = await work();
  await tx.idempotencyKey.update({ where, data: { answer } });
  return answer;
}

/** Forgets a chunk of the keys that are older than they are remembered; returns how many, 0 when there are no more. */
export async function forgetKeys(app: Pick<App, 'db' | 'wakeup' | 'clock'>, limit = 5000): Promise<number> {
  const before = new Date(app.clock.now().getTime() - keyDays * 24 * 3600_000);
  // Skips what others are forgetting at the same moment. The rows are found again by where they lie: they have three keys.
  return inTransaction(
    app,
    (tx) => tx.$executeRaw`
      DELETE FROM idempotency_key WHERE ctid = ANY(ARRAY(
        SELECT ctid FROM idempotency_key WHERE created_at < ${before} ORDER BY created_at LIMIT ${limit}::int
        FOR UPDATE SKIP LOCKED))`,
  );
}

/** JSON with sorted keys, so that the order of a client's fields does not matter; undefined counts as not given. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
