import { callOff } from './rules-say.js';
import { reasonAgainst } from './rules-submit.js';
import {
  audit,
  isCorp,
  limitOf,
  must,
  servedBy,
  serving,
  tell,
  tellSuccessors,
  type Item,
  type Transfer,
  type World,
} from './world.js';

/** Everything that is due by now is taken over: the transfer that waits longest first, its groups before its customers. */
export function settle(world: World): void {
  for (let transfer = mostDue(world); transfer; transfer = mostDue(world)) {
    const due = transfer.items.filter((item) => isDue(world, item));
    const groups = due.filter(({ kind }) => kind === 'GROUP');
    const items = groups.length > 0 ? groups : due.sort((one, other) => (one.dueAt ?? 0) - (other.dueAt ?? 0));
    for (const item of items) {
      if (item.kind === 'GROUP') takeOverGroup(world, transfer, item);
      else takeOverCustomer(world, transfer, item);
    }
    const moved = items.filter(({ status }) => status === 'COMPLETED');
    tellSuccessors(world, groups.length > 0 ? 'GROUPS_ASSIGNED' : 'CUSTOMERS_ASSIGNED', moved);
    callOff(
      world,
      transfer,
      items.filter(({ status }) => status !== 'COMPLETED'),
    );
    for (const _successor of new Set(items.map(({ successor }) => successor))) audit(world, 'takeOver SUCCESS');
  }
}

const isDue = (world: World, { status, dueAt }: Item) => status === 'WAITING' && dueAt !== null && dueAt <= world.now;

function mostDue(world: World): Transfer | undefined {
  const firstDue = ({ items }: Transfer) =>
    Math.min(...items.map((item) => (isDue(world, item) ? (item.dueAt ?? 0) : Infinity)));
  return [...world.transfers.values()]
    .filter((transfer) => firstDue(transfer) < Infinity)
    .sort((one, other) => firstDue(one) - firstDue(other))[0];
}

function takeOverCustomer(world: World, transfer: Transfer, item: Item): void {
  const { leaver } = transfer;
  const successor = must(item.successor ?? undefined);
  const relation = must(world.relations.get(item.relation ?? ''));
  item.endedAt = world.now;
  const against = reasonAgainst(world, leaver, successor);
  if (against !== null) return end(item, 'FAILED', against);
  const own = serving(world, successor, relation.customer);
  if (!own && servedBy(world, successor).length >= limitOf(world, successor)) return end(item, 'SUCCESSOR_FULL', null);
  end(item, 'COMPLETED', null);
  item.takenOverAt = world.now;
  const { travels } = transfer;
  const corpTags = [...relation.tags].filter(isCorp);
  if (own) {
    item.outcome = 'MERGED';
    Object.assign(relation, { status: 'MERGED', endedAt: world.now, mergedInto: own.name });
    const united = travels.tags ? corpTags.filter((tag) => !own.tags.has(tag)) : [];
    for (const tag of united) own.tags.add(tag);
    item.left = { united };
    item.mark = own.history.length;
  } else {
    item.outcome = 'MOVED';
    relation.member = successor;
    relation.history.push('HOLDER');
    if (!travels.remark) [item.left.remark, relation.remark] = [relation.remark, ''];
    if (!travels.description) [item.left.description, relation.description] = [relation.description, ''];
    if (!travels.tags) {
      item.left.tags = corpTags;
      for (const tag of corpTags) relation.tags.delete(tag);
    }
    item.mark = relation.history.length;
  }
  tell(world, item.subject, 'TAKEOVER_COMPLETED', 1);
}

function takeOverGroup(world: World, transfer: Transfer, item: Item): void {
  const successor = must(item.successor ?? undefined);
  const group = must(world.groups.get(item.subject));
  item.endedAt = world.now;
  const against = reasonAgainst(world, transfer.leaver, successor);
  if (against !== null) return end(item, 'FAILED', against);
  end(item, 'COMPLETED', null);
  item.takenOverAt = world.now;
  item.outcome = 'MOVED';
  item.left = { joined: !group.members.has(successor) };
  group.owner = successor;
  group.inherited = true;
  group.members.add(successor);
  item.mark = ++group.changes;
  for (const customer of group.customers) tell(world, customer, 'GROUP_OWNER_CHANGED', 1);
}

function end(item: Item, status: Item['status'], reason: string | null): void {
  item.status = status;
  item.reason = reason;
}
