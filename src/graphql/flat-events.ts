import {
  getNullableType,
  getOperationAST,
  GraphQLError,
  isAbstractType,
  isLeafType,
  isNonNullType,
  isObjectType,
  Kind,
  OperationTypeNode,
  typeFromAST,
  type DocumentNode,
  type ExecutionResult,
  type GraphQLAbstractType,
  type GraphQLField,
  type GraphQLLeafType,
  type GraphQLObjectType,
  type GraphQLSchema,
  type SelectionSetNode,
} from 'graphql';
import type { CompiledOperation } from './compiled.js';

const mark = 'batonYieldsEvents';

/** Marks a subscription's field as one whose value is the event itself: once subscribed, nobody reads its arguments. */
export const yieldsEvents = { [mark]: true };

/** A leaf of an event and its name in the result; null for `__typename`. */
interface Leaf {
  readonly key: string;
  readonly field: GraphQLField<unknown, unknown> | null;
}
type Data = Record<string, unknown>;

/**
 * Makes a function of a subscription that selects leaves of its events and nothing below: no objects, lists, arguments or
 * directives. That is how inboxes are followed. Null for any other, and of root fields that are not marked with `yieldsEvents`.
 *
 * Resolvers get no `info`. What goes wrong is answered as some error: ask `execute` for its words. graphql-jit makes three functions
 * and four objects for each field of each event, 3 KB in all, and there are thousands of events at once.
 */
export function compileFlat(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | undefined,
): CompiledOperation | null {
  const operation = getOperationAST(document, operationName);
  const [root, ...others] = operation?.selectionSet.selections ?? [];
  if (operation?.operation !== OperationTypeNode.SUBSCRIPTION || root?.kind !== Kind.FIELD || others.length > 0)
    return null;
  const field = schema.getSubscriptionType()?.getFields()[root.name.value];
  if (field?.extensions[mark] !== true || !root.selectionSet || root.directives?.length) return null;
  const type = getNullableType(field.type);
  if (!isObjectType(type) && !isAbstractType(type)) return null;
  const selected = new Map<string, readonly Leaf[]>();
  for (const each of isAbstractType(type) ? schema.getPossibleTypes(type) : [type]) {
    const leaves = new Map<string, Leaf>();
    if (!collect(schema, document, each, root.selectionSet, leaves)) return null;
    selected.set(each.name, [...leaves.values()]);
  }
  const key = root.alias?.value ?? root.name.value;
  return (event, context) => {
    const name = isAbstractType(type) ? nameOf(type, event, context) : type.name;
    const leaves = name === null ? undefined : selected.get(name);
    return leaves && name !== null ? work(leaves, name, key, event, context) : failed(null);
  };
}

/** Notes what is selected of one type; answers false where that is more than leaves. */
function collect(
  schema: GraphQLSchema,
  document: DocumentNode,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  into: Map<string, Leaf>,
): boolean {
  return selections.every((node) => {
    if (node.directives?.length) return false;
    if (node.kind === Kind.FIELD) {
      const isTypename = node.name.value === '__typename';
      const field = isTypename ? null : type.getFields()[node.name.value];
      if (field === undefined || node.arguments?.length || (field && !isLeaf(field))) return false;
      const key = node.alias?.value ?? node.name.value;
      if (!into.has(key)) into.set(key, { key, field });
      return true;
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragmentOf(document, node.name.value);
    const condition = fragment?.typeCondition && typeFromAST(schema, fragment.typeCondition);
    const applies =
      !condition || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
    return fragment !== undefined && (!applies || collect(schema, document, type, fragment.selectionSet, into));
  });
}

function fragmentOf({ definitions }: DocumentNode, name: string) {
  for (const each of definitions) if (each.kind === Kind.FRAGMENT_DEFINITION && each.name.value === name) return each;
  return undefined;
}

function isLeaf({ type, args }: GraphQLField<unknown, unknown>): boolean {
  return isLeafType(getNullableType(type)) && args.length === 0;
}

function nameOf(type: GraphQLAbstractType, event: unknown, context: unknown): string | null {
  const name = type.resolveType?.(event, context, undefined as never, type);
  return typeof name === 'string' ? name : null;
}

function work(
  leaves: readonly Leaf[],
  typename: string,
  key: string,
  event: unknown,
  context: unknown,
): ExecutionResult | Promise<ExecutionResult> {
  const data: Data = {};
  let late: Promise<void>[] | null = null;
  try {
    for (const { key, field } of leaves) {
      // What comes later keeps its place among the others.
      data[key] = field ? null : typename;
      if (!field) continue;
      const value = valueOf(field, event, context);
      if (value instanceof Promise) (late ??= []).push(value.then((done) => void (data[key] = complete(field, done))));
      else data[key] = complete(field, value);
    }
  } catch (error) {
    void Promise.allSettled(late ?? []);
    return failed(error);
  }
  const result = { data: { [key]: data } };
  return late ? Promise.all(late).then(() => result, failed) : result;
}

function valueOf({ resolve, name }: GraphQLField<unknown, unknown>, event: unknown, context: unknown): unknown {
  return resolve ? resolve(event, {}, context, undefined as never) : (event as Data)[name];
}

function complete({ type, name }: GraphQLField<unknown, unknown>, value: unknown): unknown {
  if (value instanceof Error) throw value;
  const leaf = getNullableType(type) as GraphQLLeafType;
  const text: unknown = value == null ? null : leaf.serialize(value);
  if (text == null && isNonNullType(type)) throw new Error(`${name} has no value.`);
  return text ?? null;
}

function failed(error: unknown): ExecutionResult {
  return { errors: [new GraphQLError('This event could not be worked out.', { originalError: error as Error })] };
}
