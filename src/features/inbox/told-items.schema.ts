import type DataLoader from 'dataloader';
import type { Counted } from '../../graphql/connection.js';
import { loaderOf, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { readPage, toConnection, type PageArgs } from '../../graphql/paging.js';
import { listToldItems, type Telling, type ToldItem } from '../transfers/transfers.js';
import type { Entry } from './inbox-entries.schema.js';

const order = 'assigned';
const largestPosition = 2 ** 31 - 2;

/**
 * A page of what a notification tells of and its reader still holds: relations or groups, by `rows`. One statement for all
 * notifications of a list, and one for the rows. `how` null: the notification is of things that are not the reader's.
 */
export async function pageOfTold<Row>(
  context: BatonContext,
  { row: { fact, enterpriseId, recipientId } }: Entry,
  args: Pick<PageArgs, 'first' | 'after'>,
  {
    what,
    how,
    rows,
  }: Pick<Telling, 'what'> & {
    readonly how: Telling['how'] | null;
    readonly rows: DataLoader<string, Row | null>;
  },
): Promise<Counted<Row>> {
  const page = readPage(args, order, 1);
  const after = page.from?.[0] ?? -1;
  if (!Number.isInteger(after) || Math.abs(Number(after)) > largestPosition) {
    throw badInput('This is not a cursor of this list. Use one that the same field answered, as it was.');
  }
  if (how === null) return toConnection<Row>([], page, order, () => []);
  const telling: Telling = {
    enterpriseId,
    holderId: recipientId,
    what,
    how,
    after: Number(after),
    limit: page.limit + 1,
  };
  const told = await loaderOf(context, Symbol.for(`told ${JSON.stringify(telling)}`), (factIds) =>
    listToldItems(context.app, telling, factIds),
  ).load(fact.factId);
  const held = await rows.loadMany(told.map(({ id }) => id));
  const known = new Map<ToldItem, Row>();
  told.forEach((item, index) => {
    const row = held[index];
    if (row instanceof Error) throw row;
    if (row) known.set(item, row);
  });
  const { edges, pageInfo } = toConnection(told, page, order, ({ position }) => [position]);
  return {
    pageInfo,
    edges: edges.flatMap(({ cursor, node }) => {
      const row = known.get(node);
      return row ? [{ cursor, node: row }] : [];
    }),
  };
}
