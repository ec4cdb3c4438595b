import {
  audit,
  hour,
  must,
  tell,
  tellSuccessors,
  waitingIn,
  type Item,
  type Relation,
  type Transfer,
  type World,
} from './world.js';

/** The item in which the customer of a transfer was to be taken over; undefined where they have no part in it. */
export const partOf = (transfer: Transfer, customer: string): Item | undefined =>
  transfer.items.find(
    ({ kind, subject, status }) => kind === 'CUSTOMER' && subject === customer && status !== 'REJECTED',
  );

/** The customer does not want the successor. Answers the code of the refusal. */
export function decline(world: World, transfer: Transfer, customer: string): string | null {
  const item = partOf(transfer, customer);
  if (!item) return 'NOT_FOUND';
  if (item.status === 'REFUSED') return null;
  const late = undecided(world, item);
  if (late !== null) return late;
  Object.assign(item, { status: 'REFUSED', endedAt: world.now });
  tell(world, must(item.successor ?? undefined), 'CUSTOMERS_REFUSED', 1);
  if (transfer.kind === 'RESIGNED' && !world.settings.reassignAfterRefusal) {
    Object.assign(must(world.relations.get(item.relation ?? '')), { status: 'LOST', endedAt: world.now });
  }
  audit(world, 'declineTakeover SUCCESS');
  return null;
}

/** The customer wants the successor now. Answers the code of the refusal. */
export function accept(world: World, transfer: Transfer, customer: string): string | null {
  const item = partOf(transfer, customer);
  if (!item) return 'NOT_FOUND';
  const early = (item.dueAt ?? Infinity) < transfer.submittedAt + transfer.waitHours * hour;
  if (early && (item.status === 'WAITING' || item.status === 'COMPLETED')) return null;
  const late = undecided(world, item);
  if (late !== null) return late;
  item.dueAt = world.now;
  audit(world, 'acceptTakeover SUCCESS');
  return null;
}

/** Why a customer cannot decide any more; at the very moment it is due it is too late. */
function undecided(world: World, { status, dueAt }: Item): string | null {
  if (status === 'WAITING') return world.now < (dueAt ?? 0) ? null : 'TOO_LATE';
  return status === 'COMPLETED' || status === 'UNDONE' ? 'TOO_LATE' : 'NOT_WAITING';
}

/** Calls off what waits. Answers the code of the refusal. */
export function cancel(world: World, transfer: Transfer): string | null {
  const waiting = transfer.items.filter(({ status }) => status === 'WAITING');
  if (waiting.length === 0) {
    return transfer.items.some(({ status }) => status === 'CANCELLED') ? null : 'TRANSFER_FINISHED';
  }
  for (const item of waiting) Object.assign(item, { status: 'CANCELLED', endedAt: world.now });
  callOff(world, transfer, waiting);
  audit(world, 'cancelTransfer SUCCESS');
  return null;
}

/** Who had been told of a takeover is told that it does not come: the customers, and each successor once. */
export function callOff(world: World, transfer: Transfer, items: readonly Item[]): void {
  if (transfer.waitHours === 0) return;
  const customers = items.filter(({ kind }) => kind === 'CUSTOMER');
  tellSuccessors(world, 'CUSTOMERS_CANCELLED', customers);
  // Who has removed the member knows.
  for (const { subject, reason } of customers) {
    if (reason !== 'CUSTOMER_DELETED_MEMBER') tell(world, subject, 'TAKEOVER_CANCELLED', 1);
  }
}

/** Customer and member part. Answers the code of the refusal. */
export function endRelation(world: World, relation: Relation, by: 'CUSTOMER' | 'MEMBER'): string | null {
  if (relation.status === 'DELETED_BY_CUSTOMER' || relation.status === 'DELETED_BY_MEMBER') return null;
  if (relation.status !== 'ACTIVE') return 'NOT_FOUND';
  const waits = waitingIn(world, relation.name);
  Object.assign(relation, { status: `DELETED_BY_${by}`, endedAt: world.now });
  if (waits) {
    const reason = by === 'CUSTOMER' ? 'CUSTOMER_DELETED_MEMBER' : 'NO_RELATION';
    Object.assign(waits.item, { status: 'FAILED', reason, endedAt: world.now });
    callOff(world, waits.transfer, [waits.item]);
  }
  audit(world, 'endRelation SUCCESS');
  return null;
}
