/**
 * The company as the model knows it: plain objects in memory, moved by the rules as they are written down and not by the
 * product's code. Everybody and everything has a short name (m1 a member, c2 a customer, r3 a relation, g1 a group,
 * t4 a transfer), by which the model and the database are compared.
 */

export type Kind = 'RESIGNED' | 'ON_JOB';

/** What can be touched on a relation after a takeover. */
export type Touch = 'REMARK' | 'DESCRIPTION' | 'TAGS';

export interface Settings {
  waitHours: number;
  customerLimit: number;
  inheritanceDays: number;
  onJobLimit: number;
  onJobWindowDays: number;
  groupDailyLimit: number;
  reassignAfterRefusal: boolean;
  undoHours: number;
  travelTags: boolean;
  travelRemark: boolean;
  travelDescription: boolean;
  /** Hours by which the enterprise's day begins before that of UTC. */
  hoursAheadOfUtc: number;
}

export interface Member {
  readonly name: string;
  status: 'ACTIVE' | 'DISABLED' | 'RESIGNED';
  resignedAt: number | null;
  /** Null: the enterprise's. */
  limit: number | null;
  isVerified: boolean;
  isCustomerContactOn: boolean;
}

/** One who has just begun. */
export const newMember = (name: string): Member => ({
  ...{ name, status: 'ACTIVE', resignedAt: null, limit: null, isVerified: true, isCustomerContactOn: true },
});

export interface Relation {
  readonly name: string;
  readonly customer: string;
  readonly addedAt: number;
  member: string;
  status: 'ACTIVE' | 'MERGED' | 'LOST' | 'DELETED_BY_CUSTOMER' | 'DELETED_BY_MEMBER';
  endedAt: number | null;
  mergedInto: string | null;
  remark: string;
  description: string;
  /** CORP tags begin with k, a member's PERSONAL ones with p. */
  readonly tags: Set<string>;
  /** Everything that happened to it, in order: a touch, or a change of holder. */
  readonly history: (Touch | 'HOLDER')[];
}

export interface Group {
  readonly name: string;
  owner: string;
  /** Whether the present owner has it by a takeover. */
  inherited: boolean;
  readonly members: Set<string>;
  readonly customers: ReadonlySet<string>;
  /** How often it changed its owner. */
  changes: number;
}

export type ItemStatus =
  'REJECTED' | 'WAITING' | 'COMPLETED' | 'REFUSED' | 'CANCELLED' | 'SUCCESSOR_FULL' | 'FAILED' | 'UNDONE';

export interface Item {
  readonly kind: 'CUSTOMER' | 'GROUP';
  readonly position: number;
  /** The customer or group; what nobody knows keeps the name it was asked for by. */
  readonly subject: string;
  readonly known: boolean;
  readonly relation: string | null;
  readonly successor: string | null;
  readonly attempt: number;
  /** The item it tries again, as "t1.0". */
  readonly follows: string | null;
  /** The open transfer that was in the way. */
  readonly inTransfer: string | null;
  status: ItemStatus;
  reason: string | null;
  outcome: 'MOVED' | 'MERGED' | null;
  dueAt: number | null;
  takenOverAt: number | null;
  endedAt: number | null;
  /** How long the history of the relation (or the changes of the group) was after the takeover. */
  mark: number | null;
  /** What did not travel, or what a merge added: what an undo needs. */
  left: { remark?: string; description?: string; tags?: string[]; united?: string[]; joined?: boolean };
  keptBecause: string[];
}

export interface Transfer {
  readonly name: string;
  readonly kind: Kind;
  readonly leaver: string;
  readonly successors: readonly string[];
  readonly submittedAt: number;
  readonly waitHours: number;
  readonly travels: { readonly tags: boolean; readonly remark: boolean; readonly description: boolean };
  readonly retryOf: string | null;
  readonly items: Item[];
}

export interface World {
  now: number;
  readonly settings: Settings;
  readonly members: Map<string, Member>;
  readonly customers: Set<string>;
  readonly relations: Map<string, Relation>;
  readonly groups: Map<string, Group>;
  readonly transfers: Map<string, Transfer>;
  /** How many messages of each type each recipient has, and about how many items they are: "m1 CUSTOMERS_ASSIGNED". */
  readonly told: Map<string, { messages: number; items: number }>;
  /** How often what is on the audit log: "transferCustomers SUCCESS". */
  readonly audited: Map<string, number>;
  /** What has been done so far, for whoever reads a failure. */
  readonly story: string[];
}

export const hour = 3600_000;
export const day = 24 * hour;

/** The part of a map or list at this place, counted around: any number chooses somebody. */
export function pick<Value>(from: Iterable<Value>, place: number): Value | undefined {
  const all = [...from];
  return all[place % Math.max(1, all.length)];
}

export function must<Value>(value: Value | undefined): Value {
  if (value === undefined) throw new Error('The model asks for somebody who is not there.');
  return value;
}

/** The relations in which the member serves now. */
export const servedBy = (world: World, member: string): Relation[] =>
  [...world.relations.values()].filter((one) => one.status === 'ACTIVE' && one.member === member);

/** The relation in which the member serves this customer now. */
export const serving = (world: World, member: string, customer: string): Relation | undefined =>
  servedBy(world, member).find((one) => one.customer === customer);

export const limitOf = (world: World, member: string): number =>
  must(world.members.get(member)).limit ?? world.settings.customerLimit;

/** All items with the transfer they belong to, in the order they were made. */
export const allItems = (world: World): { transfer: Transfer; item: Item }[] =>
  [...world.transfers.values()].flatMap((transfer) => transfer.items.map((item) => ({ transfer, item })));

/** The transfer in which this relation or group waits. */
export function waitingIn(world: World, what: string): { transfer: Transfer; item: Item } | undefined {
  return allItems(world).find(
    ({ item }) => item.status === 'WAITING' && (item.kind === 'GROUP' ? item.subject : item.relation) === what,
  );
}

/** The state of a group, which its owner and its transfers decide. */
export function groupStatus(world: World, group: Group): string {
  if (waitingIn(world, group.name)) return 'INHERITING';
  if (must(world.members.get(group.owner)).status === 'RESIGNED') return 'OWNER_RESIGNED';
  return group.inherited ? 'INHERITED' : 'NORMAL';
}

/** The state of a transfer, which its items decide. */
export function transferStatus({ items }: Transfer): string {
  const are = (status: ItemStatus) => items.filter((item) => item.status === status).length;
  if (are('WAITING') > 0) return 'RUNNING';
  if (are('CANCELLED') > 0) return 'CANCELLED';
  return are('COMPLETED') + are('UNDONE') === items.length ? 'COMPLETED' : 'COMPLETED_WITH_FAILURES';
}

export function tell(world: World, recipient: string, type: string, items: number): void {
  const told = world.told.get(`${recipient} ${type}`) ?? { messages: 0, items: 0 };
  world.told.set(`${recipient} ${type}`, { messages: told.messages + 1, items: told.items + items });
}

/** Tells each successor once, of all their items among these. */
export function tellSuccessors(world: World, type: string, items: readonly Item[]): void {
  for (const [successor, count] of countBy(items, (item) => item.successor ?? '')) tell(world, successor, type, count);
}

export function audit(world: World, line: string): void {
  world.audited.set(line, (world.audited.get(line) ?? 0) + 1);
}

export function countBy<Value>(values: Iterable<Value>, key: (value: Value) => string): Map<string, number> {
  const counts = new Map<string, number>();
  for (const value of values) counts.set(key(value), (counts.get(key(value)) ?? 0) + 1);
  return counts;
}

export const isCorp = (tag: string): boolean => tag.startsWith('k');
