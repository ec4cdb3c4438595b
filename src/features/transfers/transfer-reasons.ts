/** Why an item was refused or failed, or a successor is not eligible; with WeCom's errcode where it has one. By name, never by place. */
export const transferReasons = {
  INVALID_CUSTOMER: { wecomCode: 40096, description: 'No such customer is known.' },
  NOT_FOLLOWER: { wecomCode: 40131, description: 'The leaver does not serve this customer.' },
  NO_RELATION: {
    wecomCode: 84061,
    description: 'The relation between leaver and customer had ended before the takeover.',
  },
  ALREADY_IN_TRANSFER: { wecomCode: 40129, description: 'The customer waits in another transfer already.' },
  SUCCESSOR_LIMIT_REACHED: {
    wecomCode: 40099,
    description: 'With those that wait already, the successor would hold more customers than allowed.',
  },
  SAME_MEMBER: { wecomCode: 40130, description: 'A leaver cannot be their own successor.' },
  SUCCESSOR_NOT_ACTIVATED: { wecomCode: 41054, description: 'The successor has not signed in yet.' },
  SUCCESSOR_RESIGNED: { wecomCode: null, description: 'The successor has left the company.' },
  SUCCESSOR_DISABLED: { wecomCode: 40143, description: 'The successor is disabled.' },
  SUCCESSOR_NOT_VERIFIED: { wecomCode: 40098, description: "The successor's real name is not verified." },
  SUCCESSOR_NO_CUSTOMER_CONTACT: { wecomCode: 84074, description: 'The successor may not serve customers.' },
  SUCCESSOR_INACTIVE: {
    wecomCode: null,
    description: "The successor has not signed in for the enterprise's successorInactiveDays.",
  },
  SUCCESSOR_AWAY: { wecomCode: null, description: 'The successor is away and takes no new customers.' },
  NO_RULE: {
    wecomCode: null,
    description: 'No rule takes this customer, and the default assignment leaves them in the pool.',
  },
  OUT_OF_SCOPE: {
    wecomCode: 60011,
    description: "The successor works in none of the departments that the administrator's ASSIGN reaches.",
  },
  HANDOVER_NOT_RESIGNED: { wecomCode: 40097, description: 'The leaver has not resigned.' },
  INHERITANCE_EXPIRED: {
    wecomCode: null,
    description: "The resignation is longer ago than the enterprise's inheritanceDays.",
  },
  HANDOVER_RESIGNED: {
    wecomCode: null,
    description: 'The leaver has resigned: what they hold is handed over with the kind RESIGNED.',
  },
  CUSTOMER_DELETED_MEMBER: { wecomCode: null, description: 'The customer has removed the leaver.' },
  TRANSFER_TOO_FREQUENT: {
    wecomCode: 40128,
    description:
      "The customer or group was handed over ON_JOB as often as the enterprise's onJobLimit allows in its onJobWindowDays.",
  },
  NOT_CUSTOMER_GROUP: { wecomCode: 90501, description: 'No such customer group is known.' },
  NOT_GROUP_OWNER: { wecomCode: null, description: 'The group belongs to somebody other than the leaver.' },
  GROUP_OWNER_NOT_RESIGNED: { wecomCode: 90500, description: 'The owner of the group has not resigned.' },
  GROUP_OWNER_RESIGNED: { wecomCode: 90502, description: 'The owner of the group has resigned.' },
  GROUP_OWNER_UNCHANGED: { wecomCode: 90504, description: 'The successor owns the group already.' },
  GROUP_ALREADY_INHERITED: { wecomCode: 90508, description: 'The group has been handed to another owner already.' },
  GROUP_IN_PROGRESS: { wecomCode: 90507, description: 'The group is just being handed over by another transfer.' },
  GROUP_DAILY_LIMIT: {
    wecomCode: null,
    description:
      "More groups of this former owner in a day, by the enterprise's time zone, than its groupDailyLimit allows.",
  },
} as const satisfies Record<string, { readonly wecomCode: number | null; readonly description: string }>;

/** The name of a reason. */
export type TransferReason = keyof typeof transferReasons;
