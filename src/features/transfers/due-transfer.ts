import type { Language, TransferKind } from '../../generated/prisma/enums.js';

/** A transfer that is due, locked, with what the takeover needs to know of it. */
export interface DueTransfer {
  readonly id: string;
  readonly enterpriseId: string;
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly leaverName: string;
  readonly leaverResigned: boolean;
  readonly waitHours: number;
  /** How many of its items are groups. */
  readonly groups: number;
  readonly customerMessage: string | null;
  readonly travelTags: boolean;
  readonly travelRemark: boolean;
  readonly travelDescription: boolean;
  readonly enterprise: {
    readonly name: string;
    readonly language: Language;
    readonly scheduledText: string | null;
    readonly completedText: string | null;
    readonly onJobScheduledText: string | null;
    readonly onJobCompletedText: string | null;
    readonly customerLimit: number;
    readonly successorInactiveDays: number;
  };
  readonly successors: readonly {
    readonly id: string;
    readonly name: string;
    readonly mobile: string | null;
    readonly email: string | null;
    readonly status: string;
    readonly verified: boolean;
    readonly customerContact: boolean;
    readonly customerLimit: number | null;
    /** In milliseconds since 1970. */
    readonly lastLoginAt: number | null;
  }[];
}

/** One successor's share of a chunk: what is told of it, and what limits it. */
export interface Share {
  readonly fact_id: string;
  readonly audit_id: string;
  readonly successor_id: string;
  readonly successor_name: string;
  readonly contact: string;
  readonly customer_text: string;
  /** How many customers they may still take. */
  readonly room: number;
  /** Why they cannot take over any more; null: they can. */
  readonly barred: string | null;
}

/** What a chunk did, in numbers. */
export interface Moved {
  /** Items that no longer wait. */
  readonly ended: number;
  readonly completed: number;
  /** Those whose successor was at their limit. */
  readonly full: number;
  /** Places of those who had been told of a takeover that does not come; null: none. */
  readonly lost: readonly number[] | null;
}
