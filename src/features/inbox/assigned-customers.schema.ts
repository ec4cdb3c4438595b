import type { Counted } from '../../graphql/connection.js';
import { loaderOf, type BatonContext } from '../../graphql/context.js';
import { badInput } from '../../graphql/errors.js';
import { readPage, toConnection, type PageArgs } from '../../graphql/paging.js';
import type { RelationRow } from '../customers/customers.js';
import { relationLoader } from '../customers/relations.schema.js';
import { listAssignedRelations, type AssignedRelation, type Stretch } from '../transfers/transfers.js';
import type { Entry } from './inbox-entries.schema.js';

const order = 'assigned';
const largestPosition = 2 ** 31 - 2;

/** A page of what a notification assigned and its reader still serves; one statement for all notifications of a list. */
export async function assignedCustomers(
  context: BatonContext,
  { row: { fact, enterpriseId, recipientId } }: Entry,
  args: Pick<PageArgs, 'first' | 'after'>,
): Promise<Counted<RelationRow>> {
  const page = readPage(args, order, 1);
  const after = page.from?.[0] ?? -1;
  if (!Number.isInteger(after) || Math.abs(Number(after)) > largestPosition) {
    throw badInput('This is not a cursor of this list. Use one that the same field answered, as it was.');
  }
  const { transferId, firstPosition, lastPosition } = fact;
  if (transferId === null || firstPosition === null || lastPosition === null) {
    return toConnection<RelationRow>([], page, order, () => []);
  }
  const of = { enterpriseId, successorId: recipientId, after: Number(after), limit: page.limit + 1 };
  const loader = loaderOf(context, Symbol.for(`assigned ${JSON.stringify(of)}`), (keys) =>
    listAssignedRelations(context.app, of, keys.map(readKey)),
  );
  const assigned = await loader.load(keyOf({ transferId, firstPosition, lastPosition }));
  const relations = await relationLoader(context).loadMany(assigned.map(({ relationId }) => relationId));
  const known = new Map<AssignedRelation, RelationRow>();
  assigned.forEach((item, index) => {
    const relation = relations[index];
    if (relation instanceof Error) throw relation;
    if (relation) known.set(item, relation);
  });
  const { edges, pageInfo } = toConnection(assigned, page, order, ({ position }) => [position]);
  return {
    pageInfo,
    edges: edges.flatMap(({ cursor, node }) => {
      const relation = known.get(node);
      return relation ? [{ cursor, node: relation }] : [];
    }),
  };
}

function keyOf({ transferId, firstPosition, lastPosition }: Stretch): string {
  return `${transferId} ${firstPosition} ${lastPosition}`;
}

function readKey(key: string): Stretch {
  const [transferId = '', first, last] = key.split(' ');
  return { transferId, firstPosition: Number(first), lastPosition: Number(last) };
}
