/** What keeps an undo from giving a customer, or a group, back; by name, with what the administrator is told. */
export const undoObstacles = {
  WINDOW_PASSED: "It was taken over longer ago than the enterprise's undoHours.",
  MOVED_ON: 'The successor does not hold it any more, or a later takeover of it stands. Undo that one first.',
  RELATION_ENDED: 'The relation has ended: the customer or the successor removed the other.',
  IN_TRANSFER: 'It waits in another transfer. Cancel that one first.',
  SERVED_AGAIN: 'The leaver serves the customer again, by another relation.',
  REMARK: 'The remark was changed since the takeover.',
  DESCRIPTION: 'The description was changed since the takeover.',
  TAGS: 'Corp tags were put on or taken off since the takeover.',
  CONVERSATION: 'The successor and the customer have spoken since the takeover.',
} as const;

/** The name of one. */
export type UndoObstacle = keyof typeof undoObstacles;

/** How many customers and groups stayed where they are for one reason. */
export interface ObstacleCount {
  readonly obstacle: UndoObstacle;
  readonly count: number;
}

/** The counts of both lists, each obstacle once, in the order above. */
export function countedTogether(...lists: readonly (readonly ObstacleCount[])[]): ObstacleCount[] {
  const all = lists.flat();
  return (Object.keys(undoObstacles) as UndoObstacle[]).flatMap((obstacle) => {
    const count = all.reduce((sum, one) => sum + (one.obstacle === obstacle ? one.count : 0), 0);
    return count > 0 ? [{ obstacle, count }] : [];
  });
}
