import type { BatonContext } from './context.js';
import { loaderOf } from './context.js';

/** The rows in the order of the ids; null where there is none. */
export function byId<Row extends { readonly id: string }>(
  ids: readonly string[],
  rows: readonly Row[],
): (Row | null)[] {
  const known = new Map(rows.map((row) => [row.id, row]));
  return ids.map((id) => known.get(id) ?? null);
}

const uuidLength = 36;

/**
 * What hangs on one of many parents under arguments: parents with equal arguments are read together, so that 50 cost as
 * many statements as 5. `args` must be JSON. `load` answers by parent; a parent it leaves out gets `none`.
 */
export function loadOf<Args, Value>(
  context: BatonContext,
  key: symbol,
  parentId: string,
  args: Args,
  load: (parentIds: string[], args: Args) => Promise<ReadonlyMap<string, Value>>,
  none: Value,
): Promise<Value> {
  const loader = loaderOf<Value>(context, key, async (keys) => {
    const parentsByArgs = new Map<string, string[]>();
    for (const text of keys) {
      const [parent, argsText] = [text.slice(0, uuidLength), text.slice(uuidLength)];
      const group = parentsByArgs.get(argsText);
      if (group) group.push(parent);
      else parentsByArgs.set(argsText, [parent]);
    }
    const found = new Map<string, Value>();
    await Promise.all(
      [...parentsByArgs].map(async ([argsText, parents]) => {
        const values = await load(parents, JSON.parse(argsText) as Args);
        for (const [parent, value] of values) found.set(parent + argsText, value);
      }),
    );
    return keys.map((text) => found.get(text) ?? none);
  });
  return loader.load(parentId + JSON.stringify(args));
}
