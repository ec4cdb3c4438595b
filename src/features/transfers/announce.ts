import type { App } from '../../platform/app.js';
import type { Tx } from '../../platform/db/transaction.js';
import { sharesOf, type Tellable } from './shares-of.js';
import { scheduled, tellOfItems, type Told } from './tell-of-items.store.js';

/**
 * Tells the customers who wait, and the successors they wait for, that the takeover comes. Without a waiting time nobody is
 * told before it is done.
 */
export async function announce(
  app: Pick<App, 'ids'>,
  tx: Tx,
  transfer: Tellable & Omit<Told, 'shares'>,
): Promise<void> {
  if (transfer.waitHours === 0) return;
  await tellOfItems(tx, { ...transfer, shares: sharesOf(app, transfer, 'scheduled') }, scheduled);
}
