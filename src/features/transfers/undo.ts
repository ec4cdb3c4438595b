import type { TransferKind } from '../../generated/prisma/enums.js';
import type { ToldShare } from './shares-of.js';
import type { ObstacleCount } from './undo-obstacles.js';

/** An undo of a transfer whose row, leaver and portfolios are locked, with what its statements need to know. */
export interface Undo {
  readonly transferId: string;
  readonly enterpriseId: string;
  readonly kind: TransferKind;
  readonly leaverId: string;
  readonly leaverName: string;
  /** Whether the leaver works here: then they are told what came back. Who has left has a pool instead. */
  readonly leaverIsHere: boolean;
  /** How customers reach the leaver; null where they have left. */
  readonly leaverContact: string | null;
  readonly now: Date;
  /** What was taken over earlier cannot be undone any more. */
  readonly openSince: Date;
  readonly shares: readonly UndoShare[];
  /** Id of the record that the undo will leave in the audit log: who owns what again is written down under it. */
  readonly auditId: string;
}

/** One successor's share: what is told of the customers, and the fact that tells of the groups. */
export interface UndoShare extends ToldShare {
  readonly group_fact_id: string;
}

/** What an undo did, in numbers. */
export interface Undone {
  readonly undone: number;
  /** What stayed, by reason; what stayed for two is counted under both. */
  readonly kept: readonly ObstacleCount[];
}
