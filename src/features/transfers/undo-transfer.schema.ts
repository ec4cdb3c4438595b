import { builder } from '../../graphql/builder.js';
import { uuidOf } from '../../graphql/ids.js';
import { defineMutation } from '../../graphql/mutation.js';
import { TransferItemNode } from './transfer-items.schema.js';
import { transferField } from './transfer-request.schema.js';
import { undoTransfer } from './transfers.js';
import { undoObstacles, type ObstacleCount, type UndoObstacle } from './undo-obstacles.js';

const UndoObstacleEnum = builder.enumType('UndoObstacle', {
  description: 'What kept an undo from giving a customer or a group back. Later versions may add values.',
  values: Object.fromEntries(
    Object.entries(undoObstacles).map(([name, description]) => [name, { value: name, description }]),
  ) as Record<UndoObstacle, { value: UndoObstacle; description: string }>,
});

const ObstacleCountNode = builder.objectRef<ObstacleCount>('ObstacleCount').implement({
  description: 'How many customers and groups an undo left with their successors for one reason.',
  fields: (t) => ({
    obstacle: t.field({ type: UndoObstacleEnum, description: 'Why.', resolve: ({ obstacle }) => obstacle }),
    count: t.exposeInt('count', { description: 'How many. What stays for two reasons is counted under both.' }),
  }),
});

builder.objectField(TransferItemNode, 'keptBecause', (t) =>
  t.field({
    type: [UndoObstacleEnum],
    description:
      'Why the last undo of the transfer left this item with the successor, everything that did; empty where none was tried, or it ' +
      'went back.',
    resolve: ({ keptBecause }) => keptBecause as UndoObstacle[],
  }),
);

defineMutation('undoTransfer', {
  description:
    "Takes back what a transfer handed over within the enterprise's undoHours (72 by default) of its takeover: exactly what nobody has " +
    'touched since. Customers are with the leaver as before, with the remark, description and tags that had stayed behind; where the ' +
    'successor served the customer already, both relations are as they were. Groups have their owner again. Back with a leaver who has ' +
    'resigned, they stand in the pool, also past the inheritance deadline, and retryTransfer or transferCustomers hand them on. What ' +
    'was touched stays, and `keptBecause` of its item says by what. Leaver, successors and customers are told. Refuses ' +
    'TRANSFER_RUNNING, NOTHING_TO_UNDO and UNDO_WINDOW_PASSED. Undoing what is undone already answers the same and does nothing. ' +
    'Needs ASSIGN over the leaver and the successors.',
  who: 'assigner',
  input: (t) => ({
    transferId: t.id({ required: true, description: 'The transfer to take back. Nothing of it may wait any more.' }),
    idempotencyKey: t.string({
      description:
        'A name of this request, 1 to 200 characters: repeated within 30 days, it answers the same and does nothing.',
    }),
  }),
  resolve: (input, caller, { app }) =>
    undoTransfer(app, caller, { ...input, transferId: uuidOf('Transfer', input.transferId) }),
  payload: (t) => ({
    transfer: transferField(t),
    undone: t.int({
      nullable: true,
      description: 'How many customers and groups went back to the leaver. Null when refused.',
      resolve: ({ undone }) => undone ?? null,
    }),
    kept: t.field({
      type: [ObstacleCountNode],
      nullable: true,
      description:
        'What stayed with the successors, counted by reason; empty when everything went back. Null when refused.',
      resolve: ({ kept }) => (kept ? [...kept] : null),
    }),
  }),
});
