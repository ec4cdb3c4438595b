import {
  GraphQLID,
  isEnumType,
  isInputObjectType,
  isListType,
  isNonNullType,
  type GraphQLInputType,
  type GraphQLSchema,
} from 'graphql';
import type { Asked } from '../platform/events/audit.js';
import { decodeId, isUuid } from './ids.js';

/** The most ids and codes that a record keeps of what was asked, and how deep in the arguments it looks for them. */
export const askedLimits = { values: 50, depth: 6 } as const;

interface Gathered {
  readonly values: Record<string, string | string[]>;
  readonly objects: { readonly type: string; readonly id: string; readonly isListed: boolean }[];
  kept: number;
  more: number;
}

/**
 * What arguments of this input type ask for, as a record may keep it: by field, the ids, as the database has them, and the values
 * of enums. By the types of the schema and not by how a value looks, so that nothing that somebody typed, or a key, is among them.
 */
export function askedIn(schema: GraphQLSchema, inputType: string, input: unknown): Asked {
  const gathered: Gathered = { values: {}, objects: [], kept: 0, more: 0 };
  const type = schema.getType(inputType);
  if (isInputObjectType(type)) gather(gathered, type, input, [], false);
  const { values, objects, more } = gathered;
  return { values, objects, more };
}

function gather(into: Gathered, type: GraphQLInputType, value: unknown, path: readonly string[], isListed: boolean) {
  if (value == null) return;
  if (isNonNullType(type)) gather(into, type.ofType, value, path, isListed);
  else if (isListType(type)) for (const one of value as unknown[]) gather(into, type.ofType, one, path, true);
  else if (isInputObjectType(type)) {
    for (const [name, field] of Object.entries(type.getFields())) {
      gather(into, field.type, (value as Record<string, unknown>)[name], [...path, name], isListed);
    }
  } else if (type === GraphQLID) keepId(into, value as string, path, isListed);
  else if (isEnumType(type) && typeof value === 'string') keep(into, value, path, isListed);
}

function keepId(into: Gathered, globalId: string, path: readonly string[], isListed: boolean): void {
  const named = readId(globalId);
  if (!named) into.more += 1;
  else if (keep(into, named.id, path, isListed) && isUuid(named.id)) {
    into.objects.push({ type: named.typename, id: named.id, isListed });
  }
}

function keep(into: Gathered, value: string, path: readonly string[], isListed: boolean): boolean {
  if (into.kept >= askedLimits.values || path.length > askedLimits.depth) {
    into.more += 1;
    return false;
  }
  into.kept += 1;
  const name = path.join('.');
  const known = into.values[name];
  if (Array.isArray(known)) known.push(value);
  else into.values[name] = isListed ? [value] : value;
  return true;
}

/** Null for what is no id of this API: somebody may have written anything there. */
function readId(globalId: string): { typename: string; id: string } | null {
  try {
    const named = decodeId(globalId);
    return /^[0-9a-f:-]{1,64}$/.test(named.id) ? named : null;
  } catch {
    return null;
  }
}
