import {
  allItems,
  audit,
  hour,
  isCorp,
  must,
  serving,
  tell,
  tellSuccessors,
  waitingIn,
  type Item,
  type Relation,
  type Touch,
  type Transfer,
  type World,
} from './world.js';

/**
 * Takes back what a transfer handed over and nobody has touched since. Answers the code of the refusal; null where it was done,
 * or had been done before.
 */
export function undo(world: World, transfer: Transfer): string | null {
  const are = (status: Item['status']) => transfer.items.filter((item) => item.status === status);
  if (are('WAITING').length > 0) return 'TRANSFER_RUNNING';
  const completed = are('COMPLETED');
  if (completed.length === 0) return are('UNDONE').length > 0 ? null : 'NOTHING_TO_UNDO';
  if (completed.every((item) => tooLate(world, item))) return 'UNDO_WINDOW_PASSED';

  // All are judged before any goes back, as they stood when the undo was asked for.
  const judged = completed.map((item) => ({ item, obstacles: obstaclesTo(world, transfer, item) }));
  for (const { item, obstacles } of judged) {
    item.keptBecause = obstacles;
    if (obstacles.length > 0) continue;
    if (item.kind === 'GROUP') returnGroup(world, transfer, item);
    else returnCustomer(world, transfer, item);
    Object.assign(item, { status: 'UNDONE', endedAt: world.now });
  }
  const undone = judged.map(({ item }) => item).filter(({ status }) => status === 'UNDONE');
  const here = must(world.members.get(transfer.leaver)).status !== 'RESIGNED';
  for (const [kind, name] of [
    ['CUSTOMER', 'CUSTOMERS'],
    ['GROUP', 'GROUPS'],
  ] as const) {
    const back = undone.filter((item) => item.kind === kind);
    tellSuccessors(world, `${name}_UNDONE`, back);
    // Once for each successor from whom something comes back.
    for (const successor of here ? new Set(back.map((item) => item.successor)) : []) {
      tell(world, transfer.leaver, `${name}_RETURNED`, back.filter((item) => item.successor === successor).length);
    }
  }
  audit(world, 'undoTransfer SUCCESS');
  return null;
}

const tooLate = (world: World, { takenOverAt }: Item) =>
  world.now > (takenOverAt ?? 0) + world.settings.undoHours * hour;

/** The relation that the item's customer came to: where it was merged, the one it ended in. */
const heldBy = (world: World, item: Item): Relation => {
  const moved = must(world.relations.get(item.relation ?? ''));
  return item.outcome === 'MERGED' ? must(world.relations.get(moved.mergedInto ?? '')) : moved;
};

function obstaclesTo(world: World, transfer: Transfer, item: Item): string[] {
  if (tooLate(world, item)) return ['WINDOW_PASSED'];
  if (item.kind === 'GROUP') {
    const { owner, changes } = must(world.groups.get(item.subject));
    return [
      ...(owner !== item.successor || laterMove(world, item, changes) ? ['MOVED_ON'] : []),
      ...(waitingIn(world, item.subject) ? ['IN_TRANSFER'] : []),
    ];
  }
  const held = heldBy(world, item);
  const since = new Set(held.history.slice(item.mark ?? 0));
  const touches: readonly Touch[] = ['REMARK', 'DESCRIPTION', 'TAGS'];
  const movedOn =
    held.status === 'MERGED' || held.member !== item.successor || laterTakeover(world, transfer, item, held);
  return [
    ...(movedOn ? ['MOVED_ON'] : []),
    ...(held.status !== 'ACTIVE' && held.status !== 'MERGED' ? ['RELATION_ENDED'] : []),
    ...(waitingIn(world, held.name) ? ['IN_TRANSFER'] : []),
    ...(serving(world, transfer.leaver, item.subject) ? ['SERVED_AGAIN'] : []),
    ...touches.filter((touch) => since.has(touch)),
  ];
}

/** Whether another takeover of the group stands that came after this one. */
function laterMove(world: World, item: Item, changes: number): boolean {
  const others = allItems(world).filter(({ item: other }) => other !== item && other.subject === item.subject);
  return (
    changes > (item.mark ?? 0) &&
    others.some(({ item: other }) => other.status === 'COMPLETED' && (other.mark ?? 0) > (item.mark ?? 0))
  );
}

/** Whether another takeover stands that moved the relation on, or that ended another relation in what had moved. */
function laterTakeover(world: World, transfer: Transfer, item: Item, held: Relation): boolean {
  return allItems(world).some(({ transfer: in_, item: other }) => {
    if (in_ === transfer || other.status !== 'COMPLETED' || other.kind === 'GROUP') return false;
    if (other.outcome === 'MOVED') return other.relation === held.name && (other.mark ?? 0) > (item.mark ?? 0);
    return item.outcome === 'MOVED' && heldBy(world, other) === held && (other.mark ?? 0) >= (item.mark ?? 0);
  });
}

function returnCustomer(world: World, transfer: Transfer, item: Item): void {
  const relation = must(world.relations.get(item.relation ?? ''));
  if (item.outcome === 'MERGED') {
    const held = heldBy(world, item);
    takeOff(world, transfer, item, held);
    Object.assign(relation, { status: 'ACTIVE', endedAt: null, mergedInto: null });
  } else {
    relation.member = transfer.leaver;
    relation.remark = item.left.remark ?? relation.remark;
    relation.description = item.left.description ?? relation.description;
    for (const tag of item.left.tags ?? []) relation.tags.add(tag);
    relation.history.push('HOLDER');
    item.mark = relation.history.length;
  }
  tell(world, item.subject, 'TAKEOVER_UNDONE', 1);
}

/** Takes what the union added off again; a tag that another relation which ended there brought as well stays, on that one's account. */
function takeOff(world: World, transfer: Transfer, item: Item, held: Relation): void {
  for (const tag of item.left.united ?? []) {
    const brought = allItems(world).find(
      ({ transfer: in_, item: other }) =>
        in_ !== transfer &&
        in_.travels.tags &&
        other.status === 'COMPLETED' &&
        other.outcome === 'MERGED' &&
        heldBy(world, other) === held &&
        must(world.relations.get(other.relation ?? '')).tags.has(tag) &&
        isCorp(tag),
    );
    if (brought) brought.item.left.united = [...(brought.item.left.united ?? []), tag];
    else held.tags.delete(tag);
  }
}

function returnGroup(world: World, transfer: Transfer, item: Item): void {
  const group = must(world.groups.get(item.subject));
  group.owner = transfer.leaver;
  group.inherited = false;
  if (item.left.joined && item.successor !== null) group.members.delete(item.successor);
  item.mark = ++group.changes;
  for (const customer of group.customers) tell(world, customer, 'GROUP_OWNER_CHANGED', 1);
}
