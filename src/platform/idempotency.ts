import { createHash } from 'node:crypto';
import type { Prisma } from '../generated/prisma/client.js';
import type { Caller } from './actor.js';
import type { App } from './app.js';
import type { Tx } from './db/transaction.js';
import { Refusal } from './errors.js';

/**
 * Does `work` once per caller and key. The key, a hash of the arguments and the answer are stored in the work's own
 * transaction: a repetition gets the same answer and does nothing; one at the same time waits for the first.
 *
 * The same key with other arguments, or for another operation, is refused with IDEMPOTENCY_KEY_REUSED. Work that is
 * refused leaves no key behind and may be tried again with the same one. Without a key the work is simply done.
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

/** JSON with sorted keys, so that the order of a client's fields does not matter; undefined counts as not given. */
function stableJson(value: unknown): string {
  return JSON.stringify(value, (_key, part: unknown) =>
    part !== null && typeof part === 'object' && !Array.isArray(part) && !(part instanceof Date)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  );
}
