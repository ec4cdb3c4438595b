import DataLoader from 'dataloader';
import type { App } from '../../platform/app.js';
import { withinEnterprise } from '../../platform/db/scope.js';
import { loadNoticedItems, type NoticedItem } from '../transfers/transfers.js';

/** Where the item of a notice is. */
interface NoticedPlace {
  readonly enterpriseId: string;
  readonly transferId: string;
  readonly position: number;
}

type ItemsApp = Pick<App, 'db'>;

const loaders = new WeakMap<ItemsApp, DataLoader<NoticedPlace, NoticedItem | null>>();

/**
 * Reads the items of notices, those asked for at the same moment with one statement for a company, whoever asks: a chunk of
 * a transfer tells thousands of customers at once, each in a subscription of their own. Remembers nothing. It answers
 * whoever asks: take the place from a row of the asker's own inbox.
 */
export function noticedItemsOf(app: ItemsApp): DataLoader<NoticedPlace, NoticedItem | null> {
  const known = loaders.get(app);
  if (known) return known;
  const made = new DataLoader<NoticedPlace, NoticedItem | null>((places) => load(app, places), {
    cache: false,
    maxBatchSize: 1000,
  });
  loaders.set(app, made);
  return made;
}

async function load(app: ItemsApp, places: readonly NoticedPlace[]): Promise<(NoticedItem | null)[]> {
  const found = new Map<NoticedPlace, NoticedItem | null>();
  const enterprises = new Set(places.map(({ enterpriseId }) => enterpriseId));
  await Promise.all(
    [...enterprises].map(async (enterpriseId) => {
      const theirs = places.filter((place) => place.enterpriseId === enterpriseId);
      // Asked for in one go with others' of other enterprises, in the scope of whoever was first.
      const items = await withinEnterprise(enterpriseId, () => loadNoticedItems(app, enterpriseId, theirs));
      theirs.forEach((place, index) => found.set(place, items[index] ?? null));
    }),
  );
  return places.map((place) => found.get(place) ?? null);
}
