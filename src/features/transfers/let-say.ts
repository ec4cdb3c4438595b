import type { Transfer } from '../../generated/prisma/client.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { once } from '../../platform/idempotency.js';
import { findOwnItem, namesServing, type OwnItem } from './takeover-say.store.js';
import { lockTransfer } from './transfers.store.js';

/** Which takeover a customer speaks of: theirs in this transfer. */
export interface Say {
  readonly transferId: string;
  readonly idempotencyKey?: string | null;
}

/** Where the item that was decided on stands. */
export interface Said {
  readonly transferId: string;
  readonly position: number;
}

/** A customer, signed in. */
export type CustomerCaller = Caller<Extract<Actor, { kind: 'customer' }>>;

/** What there is to decide on, locked, at this moment. */
export interface Asked {
  readonly transfer: Transfer;
  readonly item: OwnItem;
  readonly now: Date;
}

/**
 * Lets a customer decide on their takeover in a transfer: `decide` runs with the transfer locked and what it finds there, in
 * one transaction, once for each idempotency key. Refuses NOT_FOUND where the customer has no part in the transfer.
 */
export async function letSay(
  app: Pick<App, 'db' | 'wakeup' | 'clock'>,
  caller: CustomerCaller,
  operation: 'acceptTakeover' | 'declineTakeover',
  input: Say,
  decide: (tx: Tx, asked: Asked) => Promise<void>,
): Promise<Said> {
  const { transferId, idempotencyKey: key } = input;
  const { enterpriseId, id: customerId } = caller.actor;
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key, operation, arguments: input }, async () => {
      // Looked up before the lock: nobody holds up a transfer that they have no part in.
      const part = await findOwnItem(tx, enterpriseId, transferId, customerId);
      const transfer = part && (await lockTransfer(tx, enterpriseId, transferId));
      const item = transfer && (await findOwnItem(tx, enterpriseId, transferId, customerId));
      if (!item) {
        throw new Refusal('NOT_FOUND', 'There is no such transfer, or you have no part in it.', {
          path: ['input', 'transferId'],
        });
      }
      await decide(tx, { transfer, item, now: app.clock.now() });
      return { transferId, position: item.position };
    }),
  );
}

/**
 * Throws TOO_LATE where the takeover is due, done or undone, and NOT_WAITING where it ended in another way. The clock
 * decides, whether or not the runner has come by.
 */
export async function requireUndecided(tx: Tx, caller: CustomerCaller, { item, now }: Asked): Promise<void> {
  const { status, successorName, takeoverDueAt } = item;
  if (status === 'WAITING' && now < takeoverDueAt) return;
  const path = ['input', 'transferId'];
  if (status === 'WAITING') {
    throw new Refusal(
      'TOO_LATE',
      `It could be decided until ${takeoverDueAt.toISOString()}: ${successorName} is just becoming your contact.`,
      { path },
    );
  }
  const names = await namesServing(tx, caller.actor.enterpriseId, caller.actor.id);
  const contact = names.length === 0 ? 'Nobody serves you now.' : `You are served by ${names.join(' and ')} now.`;
  if (status === 'COMPLETED' || status === 'UNDONE') {
    throw new Refusal('TOO_LATE', `It could be decided until ${takeoverDueAt.toISOString()}. ${contact}`, { path });
  }
  throw new Refusal('NOT_WAITING', `${successorName} does not take over: there is nothing left to decide. ${contact}`, {
    path,
  });
}
