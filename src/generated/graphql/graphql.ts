/* eslint-disable */
/** Internal type. DO NOT USE DIRECTLY. */
type Exact<T extends { [key: string]: unknown }> = { [K in keyof T]: T[K] };
/** Internal type. DO NOT USE DIRECTLY. */
export type Incremental<T> = T | { [P in keyof T]?: P extends ' $fragmentName' | '__typename' ? T[P] : never };
import type { DocumentTypeDecoration } from '@graphql-typed-document-node/core';
/** What acceptTakeover takes. */
export type AcceptTakeoverInput = {
  /** A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing. */
  idempotencyKey?: string | null | undefined;
  /** The transfer that the notice names in its transferId. */
  transferId: string | number;
};

/** What acknowledgeNotices takes. */
export type AcknowledgeNoticesInput = {
  /** The ids of the events, at most 1000. Give either this or `through`. */
  ids?: Array<string | number> | null | undefined;
  /** The cursor of the last event to acknowledge, with all before it. */
  through?: string | null | undefined;
};

/** What acknowledgeNotifications takes. */
export type AcknowledgeNotificationsInput = {
  /** The ids of the events, at most 1000. Give either this or `through`. */
  ids?: Array<string | number> | null | undefined;
  /** The cursor of the last event to acknowledge, with all before it. */
  through?: string | null | undefined;
};

/** What a notification tells a member. Map by name; later versions add values. */
export type AssignmentNotificationType =
  /** Another administrator submitted a transfer that waits for somebody else: decide with approveTransfer or disapproveTransfer. Whoever is first decides; the status of the transfer says whether it still waits. */
  | 'APPROVAL_REQUESTED'
  /** Customers have come to you. */
  | 'CUSTOMERS_ASSIGNED'
  /** Customers who were scheduled do not come to you: it was called off, or became impossible. */
  | 'CUSTOMERS_CANCELLED'
  /** Customers declined, and do not come to you as scheduled. */
  | 'CUSTOMERS_REFUSED'
  /** Customers whom you had handed over came back to you. */
  | 'CUSTOMERS_RETURNED'
  /** Customers will come to you when the waiting time is over, unless they decline. */
  | 'CUSTOMERS_SCHEDULED'
  /** Customers who had come to you went back to the member who served them before. */
  | 'CUSTOMERS_UNDONE'
  /** Customer groups are yours now. */
  | 'GROUPS_ASSIGNED'
  /** Customer groups that you had handed over came back to you. */
  | 'GROUPS_RETURNED'
  /** Customer groups that had come to you went back to the member who owned them before. */
  | 'GROUPS_UNDONE'
  /** Another administrator approved the transfer that you submitted: it runs. */
  | 'TRANSFER_APPROVED'
  /** Another administrator stopped the transfer that you submitted; the note may say why. */
  | 'TRANSFER_DISAPPROVED';

/** How successors share customers. The same data gives the same shares; nobody gets more than they may hold, and the others take the rest. */
export type AssignmentStrategy =
  /** In turn: shares differ by at most one. */
  | 'EVEN'
  /** Levels out how many customers each will hold, those counted who wait to come to them. */
  | 'LEAST_LOADED'
  /** Whose customers have most corp tags in common with the customer goes first, among equals who serves in the same region; the rest as LEAST_LOADED. */
  | 'MATCHING'
  /** Who serves the customer already goes first, then who served them before, then who is in a group with them; the rest as LEAST_LOADED. */
  | 'STICKY'
  /** By weight, exact to one customer: with weights 3 and 1, three of four. */
  | 'WEIGHTED';

/** Where a customer writes from. */
export type CustomerKind =
  /** A person on WeChat. */
  | 'WECHAT'
  /** A person of another company on WeCom. */
  | 'WECOM';

/** What a notice tells a customer. Map by name; later versions add values. */
export type CustomerNoticeType =
  /** The contact does not change as scheduled: it was called off, or became impossible. */
  | 'CANCELLED'
  /** The contact has changed. */
  | 'COMPLETED'
  /** A group the customer is in has another owner; the groupName says which. */
  | 'GROUP_OWNER_CHANGED'
  /** The contact will change at takeoverDueAt, unless the customer declines before. */
  | 'SCHEDULED'
  /** The change of contact has been taken back. */
  | 'UNDONE';

/** Conditions on a time; all that are given must hold. At least one is needed. */
export type DateTimeFilter = {
  /** At this time or later. */
  after?: string | null | undefined;
  /** Earlier than this time; the time itself is not in. */
  before?: string | null | undefined;
  /** True: the time is not known. False: it is known. */
  isNull?: boolean | null | undefined;
  /** More than so many days of 24 hours ago, from the moment of asking; 0 to 36500. A time that is not known is neither within nor older: add isNull to an `or` where never counts as well. */
  olderThanDays?: number | null | undefined;
  /** At most so many days of 24 hours ago, from the moment of asking; 0 to 36500. A time that is not known is neither within nor older. */
  withinDays?: number | null | undefined;
};

/** What declineTakeover takes. */
export type DeclineTakeoverInput = {
  /** A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing. */
  idempotencyKey?: string | null | undefined;
  /** The transfer that the notice names in its transferId. */
  transferId: string | number;
};

/** Which of the leaver's customer groups to hand over. Give exactly one way. */
export type GroupSelection =
  {   /** Must be true: all of the leaver's groups, by name. */
  all: boolean; groupIds?: never; }
  |  { all?: never;   /** These groups, 1 to 10000, in this order. One that the leaver does not own is refused alone. */
  groupIds: Array<string | number>; };

/** Language of the default texts that customers read. */
export type Language =
  /** English. */
  | 'EN'
  /** Chinese. */
  | 'ZH';

/** Which of a member's customers: the same filter lists them and selects them for a handover. All that is given must hold. Nests at most 5 deep, with at most 50 conditions and 1000 values in a list; a list or condition that says nothing is refused with BAD_USER_INPUT. */
export type RelationFilter = {
  /** When the customer was added. */
  addedAt?: DateTimeFilter | null | undefined;
  /** All of these hold as well. */
  and?: Array<RelationFilter> | null | undefined;
  /** The customer's line of business; one that is not known matches nothing. */
  businessType?: StringFilter | null | undefined;
  /** The customer's city; one that is not known matches nothing. */
  city?: StringFilter | null | undefined;
  /** Where the customer writes from. */
  kind?: CustomerKind | null | undefined;
  /** When the two last wrote to each other. */
  lastMessageAt?: DateTimeFilter | null | undefined;
  /** The name of the customer. */
  name?: StringFilter | null | undefined;
  /** This does not hold. */
  not?: RelationFilter | null | undefined;
  /** At least one of these holds as well. */
  or?: Array<RelationFilter> | null | undefined;
  /** The customer's region; one that is not known matches nothing. */
  region?: StringFilter | null | undefined;
  /** The member's short note about the customer. */
  remark?: StringFilter | null | undefined;
  /** The tags on the relation. */
  tags?: TagFilter | null | undefined;
};

/** What resignMember takes. */
export type ResignMemberInput = {
  /** True: hand all customers and groups over by the assignment rules. Default: the company's autoAssignOnResignation, with `lastDay` as it is by then. With true and no `lastDay`, what would refuse the transfer refuses the resignation, as CUSTOMER_CONTACT_DISABLED does; else the member resigns all the same, and the audit log says why nothing was handed over. */
  autoAssign?: boolean | null | undefined;
  /** A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing. */
  idempotencyKey?: string | null | undefined;
  /** The planned last day, in the company's time zone: today or later, at most 3650 days away. The member is resigned by the system when it is over. Should they be the only administrator by then, they stay, and the audit log says so. */
  lastDay?: string | null | undefined;
  /** Who has left, or leaves. */
  memberId: string | number;
  /** When; not in the future. Default: now. Not together with `lastDay`. */
  resignedAt?: string | null | undefined;
};

/** Why a cursor cannot be honoured. */
export type ResyncReason =
  /** The cursor lies ahead of everything there is: the database has gone back in time. */
  | 'AHEAD'
  /** Events after the cursor have been removed, being older than what is kept. */
  | 'EXPIRED'
  /** The cursor was made before the database was restored from a backup. Forget the ids of events too: what the restore took back may have had the ids of others that come. */
  | 'OTHER_EPOCH';

/** Conditions on a text; all that are given must hold. At least one is needed. */
export type StringFilter = {
  /** Has this text somewhere, whatever the case. % and _ mean themselves. */
  contains?: string | null | undefined;
  /** Is this text, letter for letter. */
  eq?: string | null | undefined;
  /** Is one of these texts, letter for letter; 1 to 1000. */
  in?: Array<string> | null | undefined;
  /** Begins with this text, whatever the case. % and _ mean themselves. */
  startsWith?: string | null | undefined;
};

/** Conditions on the tags you see; all that are given must hold. At least one is needed. An unknown tag is on nobody. */
export type TagFilter = {
  /** Has each of these tags; 1 to 1000. */
  allOf?: Array<string | number> | null | undefined;
  /** Has at least one of these tags; 1 to 1000. */
  anyOf?: Array<string | number> | null | undefined;
  /** Has none of these tags; 1 to 1000. */
  noneOf?: Array<string | number> | null | undefined;
};

/** What the takeover came to. */
export type TakeoverOutcome =
  /** The successor served the customer already: the leaver's corp tags joined the successor's relation. */
  | 'MERGED'
  /** The relation moved to the successor with all that stood on it. */
  | 'MOVED';

/** What transferCustomers takes. */
export type TransferCustomersInput = {
  /** True: the assignment rules decide who takes over, instead of `successorIds`. Each customer goes by the first rule in force that holds for them; groups by the first that asks nothing of the customer. Where all of a rule's pool are full or away, customers wait QUEUED; where the pool is empty they are refused with NO_RULE and stay in the pool. */
  byRules?: boolean | null | undefined;
  /** What the customers read after the takeover instead of the enterprise's completedText, at most 200 characters, with the same placeholders. */
  customerMessage?: string | null | undefined;
  /** True: change nothing, and answer in `preview` what would happen. */
  dryRun?: boolean;
  /** The digest of a preview: the transfer is refused with PLAN_CHANGED, and the difference, where its plan is another by now. */
  expectedDigest?: string | null | undefined;
  /** Which groups go along. Default: none. */
  groups?: GroupSelection | null | undefined;
  /** A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same transfer and does nothing. */
  idempotencyKey?: string | null | undefined;
  /** Why they are handed over. */
  kind?: TransferKind;
  /** Whose they are. With RESIGNED the member must have resigned, with ON_JOB they must not. */
  leaverId: string | number;
  /** Handover note for the successors, at most 1000 characters. */
  note?: string | null | undefined;
  /** Which customers. */
  selection: TransferSelection;
  /** How the named successors share the customers. Default: EVEN. Rules have strategies of their own. Groups go in turn. */
  strategy?: AssignmentStrategy | null | undefined;
  /** Who takes over, 1 to 100 members, each once, in the order of their turns. Or say `byRules`. */
  successorIds?: Array<string | number> | null | undefined;
  /** What goes with the customers. Default: what the enterprise lets. */
  travels?: TravelInput | null | undefined;
  /** For WEIGHTED, and only there: one for each successor, 1 to 1000. */
  weights?: Array<number> | null | undefined;
};

/** Where one customer or group of a transfer stands. All but QUEUED and WAITING are the end, apart from an undo. */
export type TransferItemStatus =
  /** An administrator called it off while it waited; the leaver keeps it. */
  | 'CANCELLED'
  /** Was taken over by the successor at takenOverAt. */
  | 'COMPLETED'
  /** Could not be taken over when it was due, or ended before: see the reason. */
  | 'FAILED'
  /** Nobody of its rule has room: it waits, with the leaver, for the first who has. The oldest goes first. */
  | 'QUEUED'
  /** The customer declined before it was due. Groups are never refused: their customers have no say. */
  | 'REFUSED'
  /** A rule forbade it at submit, see the reason; nothing was changed. */
  | 'REJECTED'
  /** When it was due, the successor already served as many customers as they may; the leaver keeps it. */
  | 'SUCCESSOR_FULL'
  /** Was taken over, and then given back to the leaver by undoTransfer. */
  | 'UNDONE'
  /** Will be taken over at takeoverDueAt; where that is null, after an approval. */
  | 'WAITING';

/** Why customers are handed over. */
export type TransferKind =
  /** The member stays, with other work. */
  | 'ON_JOB'
  /** The member has left the company. */
  | 'RESIGNED';

/** Why an item was refused or failed. Map by name; `wecomCode` is WeCom's number for it. */
export type TransferReason =
  /** The customer waits in another transfer already. */
  | 'ALREADY_IN_TRANSFER'
  /** The customer has removed the leaver. */
  | 'CUSTOMER_DELETED_MEMBER'
  /** The group has been handed to another owner already. */
  | 'GROUP_ALREADY_INHERITED'
  /** More groups of this former owner in a day, by the enterprise's time zone, than its groupDailyLimit allows. */
  | 'GROUP_DAILY_LIMIT'
  /** The group is just being handed over by another transfer. */
  | 'GROUP_IN_PROGRESS'
  /** The owner of the group has not resigned. */
  | 'GROUP_OWNER_NOT_RESIGNED'
  /** The owner of the group has resigned. */
  | 'GROUP_OWNER_RESIGNED'
  /** The successor owns the group already. */
  | 'GROUP_OWNER_UNCHANGED'
  /** The leaver has not resigned. */
  | 'HANDOVER_NOT_RESIGNED'
  /** The leaver has resigned: what they hold is handed over with the kind RESIGNED. */
  | 'HANDOVER_RESIGNED'
  /** The resignation is longer ago than the enterprise's inheritanceDays. */
  | 'INHERITANCE_EXPIRED'
  /** No such customer is known. */
  | 'INVALID_CUSTOMER'
  /** No such customer group is known. */
  | 'NOT_CUSTOMER_GROUP'
  /** The leaver does not serve this customer. */
  | 'NOT_FOLLOWER'
  /** The group belongs to somebody other than the leaver. */
  | 'NOT_GROUP_OWNER'
  /** The relation between leaver and customer had ended before the takeover. */
  | 'NO_RELATION'
  /** No rule takes this customer, and the default assignment leaves them in the pool. */
  | 'NO_RULE'
  /** The successor works in none of the departments that the administrator's ASSIGN reaches. */
  | 'OUT_OF_SCOPE'
  /** A leaver cannot be their own successor. */
  | 'SAME_MEMBER'
  /** The successor is away and takes no new customers. */
  | 'SUCCESSOR_AWAY'
  /** The successor is disabled. */
  | 'SUCCESSOR_DISABLED'
  /** The successor has not signed in for the enterprise's successorInactiveDays. */
  | 'SUCCESSOR_INACTIVE'
  /** With those that wait already, the successor would hold more customers than allowed. */
  | 'SUCCESSOR_LIMIT_REACHED'
  /** The successor has not signed in yet. */
  | 'SUCCESSOR_NOT_ACTIVATED'
  /** The successor's real name is not verified. */
  | 'SUCCESSOR_NOT_VERIFIED'
  /** The successor may not serve customers. */
  | 'SUCCESSOR_NO_CUSTOMER_CONTACT'
  /** The successor has left the company. */
  | 'SUCCESSOR_RESIGNED'
  /** The customer or group was handed over ON_JOB as often as the enterprise's onJobLimit allows in its onJobWindowDays. */
  | 'TRANSFER_TOO_FREQUENT';

/** Which of the leaver's customers to hand over. Give exactly one way. */
export type TransferSelection =
  {   /** Must be true: all of the leaver's customers, the latest added first. */
  all: boolean; customerIds?: never; filter?: never; }
  |  { all?: never;   /** These customers, 1 to 10000, in this order. One whom the leaver does not serve is refused alone. */
  customerIds: Array<string | number>; filter?: never; }
  |  { all?: never; customerIds?: never;   /** The leaver's customers that match, the latest added first: the same filter as Member.customers takes. */
  filter: RelationFilter; };

/** Where a transfer stands. */
export type TransferStatus =
  /** An administrator called off what still waited, or disapproved the whole. What had been taken over before stays with the successor. */
  | 'CANCELLED'
  /** Every customer and group was taken over; some may have been taken back by undoTransfer. */
  | 'COMPLETED'
  /** Nothing waits any more, and at least one was not taken over: its item says why. */
  | 'COMPLETED_WITH_FAILURES'
  /** A customer-contact administrator hands over more than the enterprise's approvalAbove: nothing is due, and customers and successors are told nothing, until another administrator approves it. */
  | 'PENDING_APPROVAL'
  /** At least one customer or group waits to be taken over. */
  | 'RUNNING';

/** What goes with the customers. A transfer can only narrow what the enterprise lets travel; what is left out is as the enterprise has it. What stays behind is kept on the item. PERSONAL tags never travel. */
export type TravelInput = {
  /** Whether the successor may read the archived conversation. */
  archive?: boolean | null | undefined;
  /** Whether the description goes along. */
  description?: boolean | null | undefined;
  /** Whether the remark goes along. */
  remark?: boolean | null | undefined;
  /** Whether corp tags go along. */
  tags?: boolean | null | undefined;
};

/** What updateSettings takes. */
export type UpdateSettingsInput = {
  /** How many customers and groups a customer-contact administrator may hand over in one transfer without another administrator: one of more waits as PENDING_APPROVAL. Those that are refused do not count. A super administrator's never waits. Null, the default: none does. From 0 to 10000000. What waits already goes on waiting. */
  approvalAbove?: number | null | undefined;
  /** Whether conversations are archived, of customers who agreed. Default: off. */
  archiveEnabled?: boolean | null | undefined;
  /** Whether whoever resigns hands everything over by the assignment rules at once, where resignMember does not say. Default: off. */
  autoAssignOnResignation?: boolean | null | undefined;
  /** What a customer reads after a takeover after a resignation, with the placeholders {leaver} {successor} {contact} {enterprise} {hours}. 1 to 500 characters; null takes the default back. */
  completedText?: string | null | undefined;
  /** Whether members may serve customers at all. Off: mutations about customers answer CUSTOMER_CONTACT_DISABLED. Default: on. */
  customerContactEnabled?: boolean | null | undefined;
  /** Most customers a member may hold, unless the member has a limit of their own. Default: 5000. From 1 to 10000000. */
  customerLimit?: number | null | undefined;
  /** Days for which notifications and notices are kept, read or not: older ones are removed, and a cursor before them asks for a resync with the reason EXPIRED. Default: 90. From 1 to 3650. */
  eventRetentionDays?: number | null | undefined;
  /** Most groups of one former owner that are handed over in a day, by the timeZone of the enterprise. Default: 300. From 1 to 10000. */
  groupDailyLimit?: number | null | undefined;
  /** Days after a resignation in which the customers can be handed on. Default: 365. From 1 to 3650. */
  inheritanceDays?: number | null | undefined;
  /** Language of the default texts. Default: EN. */
  language?: Language | null | undefined;
  /** What a customer reads after a takeover from a member who stays, with the placeholders {leaver} {successor} {contact} {enterprise} {hours}. 1 to 500 characters; null takes the default back. */
  onJobCompletedText?: string | null | undefined;
  /** How often one customer or group may be handed over with the kind ON_JOB within onJobWindowDays. Default: 2. From 1 to 100. */
  onJobLimit?: number | null | undefined;
  /** What a customer reads when a takeover from a member who stays is scheduled, with the placeholders {leaver} {successor} {contact} {enterprise} {hours}. 1 to 500 characters; null takes the default back. */
  onJobScheduledText?: string | null | undefined;
  /** Days over which onJobLimit counts. Default: 90. From 1 to 3650. */
  onJobWindowDays?: number | null | undefined;
  /** Whether a customer who declined after a resignation returns to the pool; off: the relation ends as LOST. Default: on. */
  reassignAfterRefusal?: boolean | null | undefined;
  /** What a customer reads when a takeover after a resignation is scheduled, with the placeholders {leaver} {successor} {contact} {enterprise} {hours}. 1 to 500 characters; null takes the default back. */
  scheduledText?: string | null | undefined;
  /** Days without a sign-in after which a member cannot be a successor. Default: 365. From 1 to 3650. */
  successorInactiveDays?: number | null | undefined;
  /** Time zone in which the days of the enterprise begin: a name of the IANA database, as Asia/Shanghai. Default: UTC. An unknown name is refused. */
  timeZone?: string | null | undefined;
  /** Whether the successor may read the archived conversation. A running transfer keeps what it began with. Default: on. */
  travelArchive?: boolean | null | undefined;
  /** Whether the description goes with the customer. A running transfer keeps what it began with. Default: on. */
  travelDescription?: boolean | null | undefined;
  /** Whether the remark goes with the customer. A running transfer keeps what it began with. Default: on. */
  travelRemark?: boolean | null | undefined;
  /** Whether corp tags go with the customer. A running transfer keeps what it began with. Default: on. */
  travelTags?: boolean | null | undefined;
  /** Hours after a takeover in which undoTransfer can take it back; 0: it cannot. Default: 72. From 0 to 8760. */
  undoHours?: number | null | undefined;
  /** Hours between submitting a transfer and the takeover; 0 takes over at once. A running transfer keeps what it began with. Default: 24. From 0 to 720. */
  waitHours?: number | null | undefined;
};

/** Every failure that a caller can act on. Map by name; later versions add values. */
export type UserErrorCode =
  /** Something with this key exists already. Look it up, or take another key. */
  | 'ALREADY_EXISTS'
  /** The customer waits in another transfer already. */
  | 'ALREADY_IN_TRANSFER'
  /** The member has resigned already. */
  | 'ALREADY_RESIGNED'
  /** The member serves the customer already; the error carries the relation. */
  | 'ALREADY_SERVED'
  /** The company does not archive conversations. Switch archiveEnabled on to read what was archived before. */
  | 'ARCHIVE_DISABLED'
  /** The customer does not agree to the archive, so nobody but the two reads what was archived. */
  | 'ARCHIVE_NOT_AGREED'
  /** Somebody else is changing this at the same moment. Try again. */
  | 'CONFLICT'
  /** Customer contact is switched off for the enterprise. An administrator switches it on with updateSettings. */
  | 'CUSTOMER_CONTACT_DISABLED'
  /** The customer has removed the leaver. */
  | 'CUSTOMER_DELETED_MEMBER'
  /** The default assignment stays: it is the last one, always on, and holds for everybody. Change it with setDefaultAssignment. */
  | 'DEFAULT_ASSIGNMENT_KEPT'
  /** The selection matches no customer. Choose customers that the leaver serves. */
  | 'EMPTY_SELECTION'
  /** This is for somebody else to do; the message says for whom. */
  | 'FORBIDDEN'
  /** The group has been handed to another owner already. */
  | 'GROUP_ALREADY_INHERITED'
  /** More groups of this former owner in a day, by the enterprise's time zone, than its groupDailyLimit allows. */
  | 'GROUP_DAILY_LIMIT'
  /** The group is just being handed over by another transfer. */
  | 'GROUP_IN_PROGRESS'
  /** The owner of the group has not resigned. */
  | 'GROUP_OWNER_NOT_RESIGNED'
  /** The owner of the group has resigned. */
  | 'GROUP_OWNER_RESIGNED'
  /** The successor owns the group already. */
  | 'GROUP_OWNER_UNCHANGED'
  /** The leaver has not resigned. */
  | 'HANDOVER_NOT_RESIGNED'
  /** The leaver has resigned: what they hold is handed over with the kind RESIGNED. */
  | 'HANDOVER_RESIGNED'
  /** This idempotencyKey was used with other arguments. Take a new key for a new request. */
  | 'IDEMPOTENCY_KEY_REUSED'
  /** The resignation is longer ago than the enterprise's inheritanceDays. */
  | 'INHERITANCE_EXPIRED'
  /** No such customer is known. */
  | 'INVALID_CUSTOMER'
  /** A value is out of its range; the message says which range. */
  | 'INVALID_INPUT'
  /** The company would be left without a super administrator. */
  | 'LAST_ADMINISTRATOR'
  /** Customers or groups of the member wait to be taken over. Try again when the transfer has ended, or cancel it. */
  | 'MEMBER_IN_TRANSFER'
  /** The member is not ACTIVE and may not be given customers. Name somebody who is. */
  | 'MEMBER_NOT_ACTIVE'
  /** Nothing of this transfer was taken over, so there is nothing to take back. */
  | 'NOTHING_TO_UNDO'
  /** No such customer group is known. */
  | 'NOT_CUSTOMER_GROUP'
  /** The leaver does not serve this customer. */
  | 'NOT_FOLLOWER'
  /** There is no such object, or it is not yours to see. */
  | 'NOT_FOUND'
  /** The group belongs to somebody other than the leaver. */
  | 'NOT_GROUP_OWNER'
  /** The transfer does not wait for an approval, or no longer. The message says what became of it. */
  | 'NOT_PENDING'
  /** The member has not resigned. */
  | 'NOT_RESIGNED'
  /** The takeover has ended without one: there is nothing left to accept or decline. */
  | 'NOT_WAITING'
  /** The relation between leaver and customer had ended before the takeover. */
  | 'NO_RELATION'
  /** No rule takes this customer, and the default assignment leaves them in the pool. */
  | 'NO_RULE'
  /** The successor works in none of the departments that the administrator's ASSIGN reaches. */
  | 'OUT_OF_SCOPE'
  /** Nobody changes their own rights. Ask another super administrator. */
  | 'OWN_RIGHTS'
  /** Whoever submitted a transfer does not decide on it. Ask another administrator, or call cancelTransfer. */
  | 'OWN_TRANSFER'
  /** The plan is no longer the one that was previewed. Look at the difference, and preview it again. */
  | 'PLAN_CHANGED'
  /** The cursor was made before the database was restored from a backup. Read the list afresh and take a cursor of it. */
  | 'RESYNC_REQUIRED'
  /** There are 100 assignment rules, the most there may be. Delete one, or join two with `or`. */
  | 'RULE_LIMIT'
  /** A leaver cannot be their own successor. */
  | 'SAME_MEMBER'
  /** More ids than one request may name. Split the request, or select by filter. */
  | 'SELECTION_TOO_LARGE'
  /** The successor is away and takes no new customers. */
  | 'SUCCESSOR_AWAY'
  /** The successor is disabled. */
  | 'SUCCESSOR_DISABLED'
  /** The successor has not signed in for the enterprise's successorInactiveDays. */
  | 'SUCCESSOR_INACTIVE'
  /** With those that wait already, the successor would hold more customers than allowed. */
  | 'SUCCESSOR_LIMIT_REACHED'
  /** The successor has not signed in yet. */
  | 'SUCCESSOR_NOT_ACTIVATED'
  /** The successor's real name is not verified. */
  | 'SUCCESSOR_NOT_VERIFIED'
  /** The successor may not serve customers. */
  | 'SUCCESSOR_NO_CUSTOMER_CONTACT'
  /** The successor has left the company. */
  | 'SUCCESSOR_RESIGNED'
  /** Tags stand in the group. Delete them first. */
  | 'TAG_GROUP_NOT_EMPTY'
  /** A PERSONAL tag goes on customers that its owner serves, and on no others. */
  | 'TAG_NOT_ALLOWED'
  /** The takeover is due or done, and no longer the customer's to decide. The message says who serves them. */
  | 'TOO_LATE'
  /** Nothing of the transfer waits any more. What was taken over can be taken back with undoTransfer. */
  | 'TRANSFER_FINISHED'
  /** Something of the transfer still waits. Wait until it has ended, or call cancelTransfer first. */
  | 'TRANSFER_RUNNING'
  /** The customer or group was handed over ON_JOB as often as the enterprise's onJobLimit allows in its onJobWindowDays. */
  | 'TRANSFER_TOO_FREQUENT'
  /** Everything was taken over longer ago than the enterprise's undoHours. Hand the customers on with a new transfer instead. */
  | 'UNDO_WINDOW_PASSED';

export type DemoMemberQueryVariables = Exact<{
  userId: string;
}>;


export type DemoMemberQuery = { member: { id: string, name: string, portfolio: { customers: number, groups: number } | null } | null };

export type DemoCustomersQueryVariables = Exact<{
  userId: string;
  after?: string | null | undefined;
}>;


export type DemoCustomersQuery = { member: { customers: { pageInfo: { hasNextPage: boolean, endCursor: string | null }, nodes: Array<{ customer: { externalUserId: string, name: string } }> } } | null };

export type DemoSettingsMutationVariables = Exact<{
  input: UpdateSettingsInput;
}>;


export type DemoSettingsMutation = { updateSettings: { userErrors: Array<
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
    > } };

export type DemoResignMutationVariables = Exact<{
  input: ResignMemberInput;
}>;


export type DemoResignMutation = { resignMember: { userErrors: Array<
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
    > } };

export type DemoTransferMutationVariables = Exact<{
  input: TransferCustomersInput;
}>;


export type DemoTransferMutation = { transferCustomers: { transfer: { id: string } | null, userErrors: Array<
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
    > } };

export type DemoTransferCountsQueryVariables = Exact<{
  id: string | number;
}>;


export type DemoTransferCountsQuery = { transfer: { status: TransferStatus, counts: { total: number, waiting: number, completed: number } } | null };

export type SimulateDeclineMutationVariables = Exact<{
  input: DeclineTakeoverInput;
}>;


export type SimulateDeclineMutation = { say: { userErrors: Array<
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
    > } };

export type SimulateAcceptMutationVariables = Exact<{
  input: AcceptTakeoverInput;
}>;


export type SimulateAcceptMutation = { say: { userErrors: Array<
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
      | { message: string }
    > } };

export type SimulateAcknowledgeNoticesMutationVariables = Exact<{
  input: AcknowledgeNoticesInput;
}>;


export type SimulateAcknowledgeNoticesMutation = { acknowledgeNotices: { acknowledgedCount: number | null } };

export type SimulateAcknowledgeNotificationsMutationVariables = Exact<{
  input: AcknowledgeNotificationsInput;
}>;


export type SimulateAcknowledgeNotificationsMutation = { acknowledgeNotifications: { acknowledgedCount: number | null } };

export type NotificationFragment = { __typename: 'AssignmentNotification', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, type: AssignmentNotificationType, transferKind: TransferKind | null, leaverName: string, successorName: string, note: string, customerCount: number, groupCount: number };

export type NoticeFragment = { __typename: 'CustomerNotice', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, transferKind: TransferKind | null, type: CustomerNoticeType, takeoverDueAt: string | null, groupName: string | null, text: string, leaverName: string, successorName: string, contact: string };

export type ResyncFragment = { __typename: 'ResyncRequired', reason: ResyncReason, message: string, cursor: string };

export type FollowNotificationsSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type FollowNotificationsSubscription = { event:
    | { __typename: 'AssignmentNotification', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, type: AssignmentNotificationType, transferKind: TransferKind | null, leaverName: string, successorName: string, note: string, customerCount: number, groupCount: number }
    | { __typename: 'ResyncRequired', reason: ResyncReason, message: string, cursor: string }
   };

export type FollowNoticesSubscriptionVariables = Exact<{
  after?: string | null | undefined;
}>;


export type FollowNoticesSubscription = { event:
    | { __typename: 'CustomerNotice', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, transferKind: TransferKind | null, type: CustomerNoticeType, takeoverDueAt: string | null, groupName: string | null, text: string, leaverName: string, successorName: string, contact: string }
    | { __typename: 'ResyncRequired', reason: ResyncReason, message: string, cursor: string }
   };

export type ListNotificationsQueryVariables = Exact<{
  after?: string | null | undefined;
  first?: number | null | undefined;
}>;


export type ListNotificationsQuery = { inbox: { headCursor: string, pageInfo: { hasNextPage: boolean }, nodes: Array<{ __typename: 'AssignmentNotification', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, type: AssignmentNotificationType, transferKind: TransferKind | null, leaverName: string, successorName: string, note: string, customerCount: number, groupCount: number }> } };

export type ListNoticesQueryVariables = Exact<{
  after?: string | null | undefined;
  first?: number | null | undefined;
}>;


export type ListNoticesQuery = { inbox: { headCursor: string, pageInfo: { hasNextPage: boolean }, nodes: Array<{ __typename: 'CustomerNotice', id: string, cursor: string, createdAt: string, acknowledgedAt: string | null, transferId: string | null, transferKind: TransferKind | null, type: CustomerNoticeType, takeoverDueAt: string | null, groupName: string | null, text: string, leaverName: string, successorName: string, contact: string }> } };

export type TransferCustomersMutationVariables = Exact<{
  input: TransferCustomersInput;
}>;


export type TransferCustomersMutation = { transferCustomers: { transfer: { id: string, status: TransferStatus, finishedAt: string | null, counts: { total: number, waiting: number, completed: number, rejected: number, failed: number }, successors: Array<{ assigned: number, completed: number, member: { name: string } }>, items: { totalCount: number | null, nodes: Array<{ position: number, status: TransferItemStatus, reason: TransferReason | null, wecomCode: number | null, outcome: TakeoverOutcome | null, requestedId: string | null, customer: { name: string } | null, successor: { name: string } | null }> } } | null, preview: { total: number, accepted: number, rejected: Array<{ reason: TransferReason, count: number }>, successors: Array<{ assigned: number, customersBefore: number, customersAfter: number, member: { name: string } }> } | null, userErrors: Array<
      | { __typename: 'AlreadyServedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'CommonError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'LimitError', limit: number, given: number, code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'PlanChangedError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'SuccessorError', wecomCode: number | null, code: UserErrorCode, message: string, path: Array<string>, member: { name: string } }
      | { __typename: 'TagExistsError', code: UserErrorCode, message: string, path: Array<string> }
      | { __typename: 'TagGroupExistsError', code: UserErrorCode, message: string, path: Array<string> }
    > } };

export type FindTransferQueryVariables = Exact<{
  id: string | number;
}>;


export type FindTransferQuery = { transfer: { status: TransferStatus, finishedAt: string | null, counts: { total: number, waiting: number, completed: number, rejected: number, failed: number }, successors: Array<{ assigned: number, completed: number, member: { name: string } }>, items: { totalCount: number | null, nodes: Array<{ position: number, status: TransferItemStatus, reason: TransferReason | null, wecomCode: number | null, outcome: TakeoverOutcome | null, requestedId: string | null, customer: { name: string } | null, successor: { name: string } | null }> } } | null };

export type TransferStateFragment = { status: TransferStatus, finishedAt: string | null, counts: { total: number, waiting: number, completed: number, rejected: number, failed: number }, successors: Array<{ assigned: number, completed: number, member: { name: string } }>, items: { totalCount: number | null, nodes: Array<{ position: number, status: TransferItemStatus, reason: TransferReason | null, wecomCode: number | null, outcome: TakeoverOutcome | null, requestedId: string | null, customer: { name: string } | null, successor: { name: string } | null }> } };

export class TypedDocumentString<TResult, TVariables>
  extends String
  implements DocumentTypeDecoration<TResult, TVariables>
{
  __apiType?: NonNullable<DocumentTypeDecoration<TResult, TVariables>['__apiType']>;
  private value: string;
  public __meta__?: Record<string, any> | undefined;

  constructor(value: string, __meta__?: Record<string, any> | undefined) {
    super(value);
    this.value = value;
    this.__meta__ = __meta__;
  }

  override toString(): string & DocumentTypeDecoration<TResult, TVariables> {
    return this.value;
  }
}
export const NotificationFragmentDoc = new TypedDocumentString(`
    fragment Notification on AssignmentNotification {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  type
  transferKind
  leaverName
  successorName
  note
  customerCount
  groupCount
}
    `, {"fragmentName":"Notification"}) as unknown as TypedDocumentString<NotificationFragment, unknown>;
export const NoticeFragmentDoc = new TypedDocumentString(`
    fragment Notice on CustomerNotice {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  transferKind
  type
  takeoverDueAt
  groupName
  text
  leaverName
  successorName
  contact
}
    `, {"fragmentName":"Notice"}) as unknown as TypedDocumentString<NoticeFragment, unknown>;
export const ResyncFragmentDoc = new TypedDocumentString(`
    fragment Resync on ResyncRequired {
  __typename
  reason
  message
  cursor
}
    `, {"fragmentName":"Resync"}) as unknown as TypedDocumentString<ResyncFragment, unknown>;
export const TransferStateFragmentDoc = new TypedDocumentString(`
    fragment TransferState on Transfer {
  status
  finishedAt
  counts {
    total
    waiting
    completed
    rejected
    failed
  }
  successors {
    member {
      name
    }
    assigned
    completed
  }
  items(first: 100) {
    totalCount
    nodes {
      position
      status
      reason
      wecomCode
      outcome
      customer {
        name
      }
      successor {
        name
      }
      requestedId
    }
  }
}
    `, {"fragmentName":"TransferState"}) as unknown as TypedDocumentString<TransferStateFragment, unknown>;
export const DemoMemberDocument = new TypedDocumentString(`
    query DemoMember($userId: String!) {
  member(userId: $userId) {
    id
    name
    portfolio {
      customers
      groups
    }
  }
}
    `) as unknown as TypedDocumentString<DemoMemberQuery, DemoMemberQueryVariables>;
export const DemoCustomersDocument = new TypedDocumentString(`
    query DemoCustomers($userId: String!, $after: String) {
  member(userId: $userId) {
    customers(first: 100, after: $after) {
      pageInfo {
        hasNextPage
        endCursor
      }
      nodes {
        customer {
          externalUserId
          name
        }
      }
    }
  }
}
    `) as unknown as TypedDocumentString<DemoCustomersQuery, DemoCustomersQueryVariables>;
export const DemoSettingsDocument = new TypedDocumentString(`
    mutation DemoSettings($input: UpdateSettingsInput!) {
  updateSettings(input: $input) {
    userErrors {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoSettingsMutation, DemoSettingsMutationVariables>;
export const DemoResignDocument = new TypedDocumentString(`
    mutation DemoResign($input: ResignMemberInput!) {
  resignMember(input: $input) {
    userErrors {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoResignMutation, DemoResignMutationVariables>;
export const DemoTransferDocument = new TypedDocumentString(`
    mutation DemoTransfer($input: TransferCustomersInput!) {
  transferCustomers(input: $input) {
    transfer {
      id
    }
    userErrors {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<DemoTransferMutation, DemoTransferMutationVariables>;
export const DemoTransferCountsDocument = new TypedDocumentString(`
    query DemoTransferCounts($id: ID!) {
  transfer(id: $id) {
    status
    counts {
      total
      waiting
      completed
    }
  }
}
    `) as unknown as TypedDocumentString<DemoTransferCountsQuery, DemoTransferCountsQueryVariables>;
export const SimulateDeclineDocument = new TypedDocumentString(`
    mutation SimulateDecline($input: DeclineTakeoverInput!) {
  say: declineTakeover(input: $input) {
    userErrors {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SimulateDeclineMutation, SimulateDeclineMutationVariables>;
export const SimulateAcceptDocument = new TypedDocumentString(`
    mutation SimulateAccept($input: AcceptTakeoverInput!) {
  say: acceptTakeover(input: $input) {
    userErrors {
      message
    }
  }
}
    `) as unknown as TypedDocumentString<SimulateAcceptMutation, SimulateAcceptMutationVariables>;
export const SimulateAcknowledgeNoticesDocument = new TypedDocumentString(`
    mutation SimulateAcknowledgeNotices($input: AcknowledgeNoticesInput!) {
  acknowledgeNotices(input: $input) {
    acknowledgedCount
  }
}
    `) as unknown as TypedDocumentString<SimulateAcknowledgeNoticesMutation, SimulateAcknowledgeNoticesMutationVariables>;
export const SimulateAcknowledgeNotificationsDocument = new TypedDocumentString(`
    mutation SimulateAcknowledgeNotifications($input: AcknowledgeNotificationsInput!) {
  acknowledgeNotifications(input: $input) {
    acknowledgedCount
  }
}
    `) as unknown as TypedDocumentString<SimulateAcknowledgeNotificationsMutation, SimulateAcknowledgeNotificationsMutationVariables>;
export const FollowNotificationsDocument = new TypedDocumentString(`
    subscription FollowNotifications($after: String) {
  event: assignmentNotifications(after: $after) {
    __typename
    ...Notification
    ...Resync
  }
}
    fragment Notification on AssignmentNotification {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  type
  transferKind
  leaverName
  successorName
  note
  customerCount
  groupCount
}
fragment Resync on ResyncRequired {
  __typename
  reason
  message
  cursor
}`) as unknown as TypedDocumentString<FollowNotificationsSubscription, FollowNotificationsSubscriptionVariables>;
export const FollowNoticesDocument = new TypedDocumentString(`
    subscription FollowNotices($after: String) {
  event: customerNotices(after: $after) {
    __typename
    ...Notice
    ...Resync
  }
}
    fragment Notice on CustomerNotice {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  transferKind
  type
  takeoverDueAt
  groupName
  text
  leaverName
  successorName
  contact
}
fragment Resync on ResyncRequired {
  __typename
  reason
  message
  cursor
}`) as unknown as TypedDocumentString<FollowNoticesSubscription, FollowNoticesSubscriptionVariables>;
export const ListNotificationsDocument = new TypedDocumentString(`
    query ListNotifications($after: String, $first: Int) {
  inbox: assignmentNotifications(after: $after, first: $first) {
    headCursor
    pageInfo {
      hasNextPage
    }
    nodes {
      ...Notification
    }
  }
}
    fragment Notification on AssignmentNotification {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  type
  transferKind
  leaverName
  successorName
  note
  customerCount
  groupCount
}`) as unknown as TypedDocumentString<ListNotificationsQuery, ListNotificationsQueryVariables>;
export const ListNoticesDocument = new TypedDocumentString(`
    query ListNotices($after: String, $first: Int) {
  inbox: customerNotices(after: $after, first: $first) {
    headCursor
    pageInfo {
      hasNextPage
    }
    nodes {
      ...Notice
    }
  }
}
    fragment Notice on CustomerNotice {
  __typename
  id
  cursor
  createdAt
  acknowledgedAt
  transferId
  transferKind
  type
  takeoverDueAt
  groupName
  text
  leaverName
  successorName
  contact
}`) as unknown as TypedDocumentString<ListNoticesQuery, ListNoticesQueryVariables>;
export const TransferCustomersDocument = new TypedDocumentString(`
    mutation TransferCustomers($input: TransferCustomersInput!) {
  transferCustomers(input: $input) {
    transfer {
      id
      ...TransferState
    }
    preview {
      total
      accepted
      rejected {
        reason
        count
      }
      successors {
        member {
          name
        }
        assigned
        customersBefore
        customersAfter
      }
    }
    userErrors {
      __typename
      code
      message
      path
      ... on LimitError {
        limit
        given
      }
      ... on SuccessorError {
        wecomCode
        member {
          name
        }
      }
    }
  }
}
    fragment TransferState on Transfer {
  status
  finishedAt
  counts {
    total
    waiting
    completed
    rejected
    failed
  }
  successors {
    member {
      name
    }
    assigned
    completed
  }
  items(first: 100) {
    totalCount
    nodes {
      position
      status
      reason
      wecomCode
      outcome
      customer {
        name
      }
      successor {
        name
      }
      requestedId
    }
  }
}`) as unknown as TypedDocumentString<TransferCustomersMutation, TransferCustomersMutationVariables>;
export const FindTransferDocument = new TypedDocumentString(`
    query FindTransfer($id: ID!) {
  transfer(id: $id) {
    ...TransferState
  }
}
    fragment TransferState on Transfer {
  status
  finishedAt
  counts {
    total
    waiting
    completed
    rejected
    failed
  }
  successors {
    member {
      name
    }
    assigned
    completed
  }
  items(first: 100) {
    totalCount
    nodes {
      position
      status
      reason
      wecomCode
      outcome
      customer {
        name
      }
      successor {
        name
      }
      requestedId
    }
  }
}`) as unknown as TypedDocumentString<FindTransferQuery, FindTransferQueryVariables>;