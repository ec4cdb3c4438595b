import {
  allItems,
  audit,
  day,
  groupStatus,
  hour,
  limitOf,
  must,
  servedBy,
  serving,
  tell,
  tellSuccessors,
  waitingIn,
  type Item,
  type ItemStatus,
  type Kind,
  type Transfer,
  type World,
} from './world.js';

/** Customers, or groups, that a transfer asks for. */
export type Chosen = 'all' | { readonly tag: string } | readonly Wanted[];

/** One that is named, and for a later try the item it follows. */
export interface Wanted {
  readonly subject: string;
  readonly follows?: { readonly name: string; readonly attempt: number };
}

export interface Asked {
  readonly kind: Kind;
  readonly leaver: string;
  /** None: whom the rules choose. These companies have no rules, so that nobody is. */
  readonly successors: readonly string[];
  readonly customers: Chosen | null;
  readonly groups: Chosen | null;
  readonly travels: { readonly tags: boolean; readonly remark: boolean; readonly description: boolean };
  readonly retryOf: string | null;
  readonly action: 'transferCustomers' | 'transferGroups' | 'retryTransfer' | 'transferByRules';
}

/** Hands over by the rules. Answers the code of the refusal, or the transfer. */
export function submit(world: World, asked: Asked): { refused: string } | { transfer: Transfer } {
  const refused = refusalOf(world, asked);
  const wanted = { customers: chosenCustomers(world, asked), groups: chosenGroups(world, asked) };
  if (refused ?? wanted.customers.length + wanted.groups.length === 0) return { refused: refused ?? 'EMPTY_SELECTION' };

  const name = `t${world.transfers.size}`;
  const { kind, leaver, successors, retryOf } = asked;
  const { waitHours } = world.settings;
  const made = [...customerItems(world, asked, wanted.customers), ...groupItems(world, asked, wanted.groups)];
  const transfer: Transfer = {
    ...{ name, kind, leaver, successors, retryOf, waitHours },
    submittedAt: world.now,
    travels: {
      tags: asked.travels.tags && world.settings.travelTags,
      remark: asked.travels.remark && world.settings.travelRemark,
      description: asked.travels.description && world.settings.travelDescription,
    },
    items: made.map((item, position) => ({ ...item, position })),
  };
  world.transfers.set(name, transfer);
  for (const item of transfer.items) {
    // Whoever had it before, it is now being inherited anew.
    if (item.kind === 'GROUP' && item.status === 'WAITING') must(world.groups.get(item.subject)).inherited = false;
  }
  const announced = transfer.items.filter(({ kind, status }) => kind === 'CUSTOMER' && status === 'WAITING');
  if (waitHours > 0) {
    for (const { subject } of announced) tell(world, subject, 'TAKEOVER_SCHEDULED', 1);
    tellSuccessors(world, 'CUSTOMERS_SCHEDULED', announced);
  }
  audit(world, `${asked.action} SUCCESS`);
  return { transfer };
}

function refusalOf(world: World, { kind, leaver, successors }: Asked): string | null {
  const { status, resignedAt } = must(world.members.get(leaver));
  if (kind === 'ON_JOB' && status === 'RESIGNED') return 'HANDOVER_RESIGNED';
  if (kind === 'RESIGNED') {
    if (status !== 'RESIGNED') return 'HANDOVER_NOT_RESIGNED';
    if (world.now > (resignedAt ?? 0) + world.settings.inheritanceDays * day) return 'INHERITANCE_EXPIRED';
  }
  for (const successor of successors) {
    const reason = reasonAgainst(world, leaver, successor);
    if (reason !== null) return reason;
  }
  return null;
}

/** Why this member may not take over; null: they may. */
export function reasonAgainst(world: World, leaver: string, successor: string): string | null {
  if (successor === leaver) return 'SAME_MEMBER';
  const { status, isVerified, isCustomerContactOn } = must(world.members.get(successor));
  if (status !== 'ACTIVE') return `SUCCESSOR_${status}`;
  if (!isVerified) return 'SUCCESSOR_NOT_VERIFIED';
  return isCustomerContactOn ? null : 'SUCCESSOR_NO_CUSTOMER_CONTACT';
}

function chosenCustomers(world: World, { customers, leaver }: Asked): readonly Wanted[] {
  if (customers === null) return [];
  if (customers instanceof Array) return customers;
  return servedBy(world, leaver)
    .filter(({ tags }) => customers === 'all' || tags.has((customers as { tag: string }).tag))
    .sort((one, other) => other.addedAt - one.addedAt)
    .map(({ customer }) => ({ subject: customer }));
}

function chosenGroups(world: World, { groups, leaver }: Asked): readonly Wanted[] {
  if (groups instanceof Array) return groups;
  if (groups === null) return [];
  return [...world.groups.values()].filter(({ owner }) => owner === leaver).map(({ name }) => ({ subject: name }));
}

type Made = Omit<Item, 'position'>;

function customerItems(world: World, asked: Asked, wanted: readonly Wanted[]): Made[] {
  const { leaver, successors } = asked;
  const seats = successors.map((name) => ({ name, given: 0, room: limitOf(world, name) - comingTo(world, name) }));
  return wanted.map((one) => {
    const known = world.customers.has(one.subject);
    const relation = serving(world, leaver, one.subject);
    const busy = relation && waitingIn(world, relation.name);
    const made = { kind: 'CUSTOMER', known, relation: relation?.name ?? null } as const;
    const because = whyNotCustomer(world, asked, one.subject, busy !== undefined);
    if (because !== null) {
      return item(one, { ...made, reason: because, inTransfer: busy?.transfer.name ?? null }, null);
    }
    if (successors.length === 0) return item(one, { ...made, reason: 'NO_RULE' }, null);
    // In turn, but for those who are full: whoever got the fewest is next, the first named among equals.
    const [next] = seats.filter(({ given, room }) => given < room).sort((one_, other) => one_.given - other.given);
    if (!next) return item(one, { ...made, reason: 'SUCCESSOR_LIMIT_REACHED' }, null);
    next.given += 1;
    return item(one, { ...made, successor: next.name }, world.now + world.settings.waitHours * hour);
  });
}

/** How many customers a member serves, with those that wait to come. */
function comingTo(world: World, member: string): number {
  const waiting = allItems(world).filter(
    ({ item }) => item.kind === 'CUSTOMER' && item.status === 'WAITING' && item.successor === member,
  );
  return servedBy(world, member).length + waiting.length;
}

function whyNotCustomer(world: World, asked: Asked, customer: string, busy: boolean): string | null {
  const { leaver } = asked;
  if (!world.customers.has(customer)) return 'INVALID_CUSTOMER';
  if (!serving(world, leaver, customer)) {
    const [last] = [...world.relations.values()]
      .filter((one) => one.customer === customer && one.member === leaver && one.status !== 'ACTIVE')
      .sort((one, other) => (other.endedAt ?? 0) - (one.endedAt ?? 0));
    if (last?.status === 'DELETED_BY_CUSTOMER') return 'CUSTOMER_DELETED_MEMBER';
    return last && last.status !== 'MERGED' ? 'NO_RELATION' : 'NOT_FOLLOWER';
  }
  if (busy) return 'ALREADY_IN_TRANSFER';
  return tooOften(world, asked, customer) ? 'TRANSFER_TOO_FREQUENT' : null;
}

function tooOften(world: World, { kind }: Asked, subject: string): boolean {
  if (kind !== 'ON_JOB') return false;
  const since = world.now - world.settings.onJobWindowDays * day;
  const recent = allItems(world).filter(
    ({ transfer, item }) =>
      transfer.kind === 'ON_JOB' &&
      item.subject === subject &&
      item.status === 'COMPLETED' &&
      (item.takenOverAt ?? 0) > since,
  );
  return recent.length >= world.settings.onJobLimit;
}

function groupItems(world: World, asked: Asked, wanted: readonly Wanted[]): Made[] {
  const { leaver, successors } = asked;
  let today = handedOverToday(world, leaver);
  let turn = 0;
  return wanted.map((one) => {
    const busy = waitingIn(world, one.subject);
    const made = { kind: 'GROUP', known: world.groups.has(one.subject), relation: null } as const;
    const because = whyNotGroup(world, asked, one.subject, busy !== undefined);
    if (because !== null) {
      return item(one, { ...made, reason: because, inTransfer: busy?.transfer.name ?? null }, null);
    }
    if (successors.length === 0) return item(one, { ...made, reason: 'NO_RULE' }, null);
    const successor = must(successors[turn++ % successors.length]);
    if (today++ >= world.settings.groupDailyLimit)
      return item(one, { ...made, reason: 'GROUP_DAILY_LIMIT', successor }, null);
    return item(one, { ...made, successor }, world.now);
  });
}

/** Groups of this former owner that went, or are about to go, since the enterprise's day began. */
function handedOverToday(world: World, leaver: string): number {
  const ahead = world.settings.hoursAheadOfUtc * hour;
  const dayBegan = Math.floor((world.now + ahead) / day) * day - ahead;
  const stopped: readonly ItemStatus[] = ['REJECTED', 'CANCELLED', 'FAILED'];
  return allItems(world).filter(
    ({ transfer, item }) =>
      item.kind === 'GROUP' &&
      transfer.leaver === leaver &&
      transfer.submittedAt >= dayBegan &&
      !stopped.includes(item.status),
  ).length;
}

function whyNotGroup(world: World, asked: Asked, name: string, busy: boolean): string | null {
  const { kind, leaver, successors } = asked;
  const group = world.groups.get(name);
  if (!group) return 'NOT_CUSTOMER_GROUP';
  if (busy) return 'GROUP_IN_PROGRESS';
  if (group.owner !== leaver) {
    const resigned = must(world.members.get(group.owner)).status === 'RESIGNED';
    if (groupStatus(world, group) === 'INHERITED') return 'GROUP_ALREADY_INHERITED';
    if (successors.includes(group.owner)) return 'GROUP_OWNER_UNCHANGED';
    if (kind === 'RESIGNED' && !resigned) return 'GROUP_OWNER_NOT_RESIGNED';
    return kind === 'ON_JOB' && resigned ? 'GROUP_OWNER_RESIGNED' : 'NOT_GROUP_OWNER';
  }
  return tooOften(world, asked, name) ? 'TRANSFER_TOO_FREQUENT' : null;
}

function item(
  { subject, follows }: Wanted,
  more: Pick<Item, 'kind' | 'known' | 'relation'> & Partial<Item>,
  dueAt: number | null,
): Made {
  return {
    ...{ subject, successor: null, inTransfer: null, reason: null, outcome: null, takenOverAt: null, endedAt: null },
    ...{ mark: null, left: {}, keptBecause: [], dueAt },
    status: dueAt === null ? 'REJECTED' : 'WAITING',
    attempt: (follows?.attempt ?? 0) + 1,
    follows: follows?.name ?? null,
    ...more,
  };
}

/** The items of an earlier transfer that may be tried again: those in such a status that nothing follows yet. */
export function triedAgain(world: World, first: Transfer, statuses: readonly string[]): Item[] {
  const followed = new Set(allItems(world).map(({ item }) => item.follows));
  return first.items.filter(
    ({ status, position }) => statuses.includes(status) && !followed.has(`${first.name}.${position}`),
  );
}
