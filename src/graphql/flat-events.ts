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

/** A leaf of an event. */
interface Leaf {
  /** The JSON from the leaf before up to its value: names, and types, which are known beforehand. */
  readonly head: string;
  readonly field: GraphQLField<unknown, unknown>;
  readonly textOf: (value: unknown) => string;
}
/** The leaves of one type, and the JSON after the last one. */
interface Selected {
  readonly leaves: readonly Leaf[];
  readonly tail: string;
}

/**
 * A result that was written as JSON, without being an object first. Whoever wants its data reads the text; so pass it on as it is: a
 * copy of its properties has no data.
 */
export class WrittenResult implements ExecutionResult {
  declare readonly errors?: undefined;

  constructor(readonly text: string) {}

  get data(): Data {
    return (JSON.parse(this.text) as { data: Data }).data;
  }

  /** For whoever sends it as text: what `JSON.stringify` makes of any other result. */
  stringify(): string {
    return this.text;
  }

  toJSON(): unknown {
    return JSON.parse(this.text);
  }
}

type Data = Record<string, unknown>;

/**
 * Makes a function of a subscription that selects leaves of its events and nothing below: no objects, lists, arguments or
 * directives. That is how inboxes are followed. Null for any other, and of root fields that are not marked with `yieldsEvents`.
 *
 * Resolvers get no `info`, and answer the same value only where its text is the same. What goes wrong is answered as some error: ask
 * `execute` for its words. graphql-jit makes three functions and four objects for each field of each event, 3 KB in all, of which
 * `JSON.stringify` then makes the text, and there are thousands of events at once.
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
  const key = root.alias?.value ?? root.name.value;
  const selected = new Map<string, Selected>();
  for (const each of isAbstractType(type) ? schema.getPossibleTypes(type) : [type]) {
    const fields = new Map<string, GraphQLField<unknown, unknown> | null>();
    if (!collect(schema, document, each, root.selectionSet, fields)) return null;
    selected.set(each.name, prepare(key, each.name, fields));
  }
  return (event, context) => {
    const name = isAbstractType(type) ? nameOf(type, event, context) : type.name;
    const leaves = name === null ? undefined : selected.get(name);
    return leaves ? write(leaves, event, context) : failed(null);
  };
}

/** Notes what is selected of one type, by its name in the result, null for `__typename`; answers false where that is more than leaves. */
function collect(
  schema: GraphQLSchema,
  document: DocumentNode,
  type: GraphQLObjectType,
  { selections }: SelectionSetNode,
  into: Map<string, GraphQLField<unknown, unknown> | null>,
): boolean {
  return selections.every((node) => {
    if (node.directives?.length) return false;
    if (node.kind === Kind.FIELD) {
      const isTypename = node.name.value === '__typename';
      const field = isTypename ? null : type.getFields()[node.name.value];
      if (field === undefined || node.arguments?.length || (field && !isLeaf(field))) return false;
      const key = node.alias?.value ?? node.name.value;
      if (!into.has(key)) into.set(key, field);
      return true;
    }
    const fragment = node.kind === Kind.INLINE_FRAGMENT ? node : fragmentOf(document, node.name.value);
    const condition = fragment?.typeCondition && typeFromAST(schema, fragment.typeCondition);
    const applies =
      !condition || condition === type || (isAbstractType(condition) && schema.isSubType(condition, type));
    return fragment !== undefined && (!applies || collect(schema, document, type, fragment.selectionSet, into));
  });
}

function prepare(
  rootKey: string,
  typename: string,
  fields: ReadonlyMap<string, GraphQLField<unknown, unknown> | null>,
): Selected {
  const leaves: Leaf[] = [];
  let head = `{"data":{"${rootKey}":{`;
  let separator = '';
  for (const [key, field] of fields) {
    head += `${separator}"${key}":`;
    separator = ',';
    if (field) {
      leaves.push({ head, field, textOf: writerOf(field) });
      head = '';
    } else head += `"${typename}"`;
  }
  return { leaves, tail: `${head}}}}` };
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

/** One for all: leaves take none, and twenty new ones were a sixth of all that an event leaves to the garbage collector. */
const noArgs = Object.freeze({});

function write(
  { leaves, tail }: Selected,
  event: unknown,
  context: unknown,
): ExecutionResult | Promise<ExecutionResult> {
  let text = '';
  let late: Promise<string>[] | null = null;
  try {
    for (const { head, field, textOf } of leaves) {
      const { resolve, name } = field;
      const value: unknown = resolve ? resolve(event, noArgs, context, undefined as never) : (event as Data)[name];
      text += head;
      if (value instanceof Promise) {
        const before = text;
        (late ??= []).push(value.then((done) => before + textOf(done)));
        text = '';
      } else text += textOf(value);
    }
  } catch (error) {
    void Promise.allSettled(late ?? []);
    return failed(error);
  }
  text += tail;
  return late
    ? Promise.all(late).then((parts) => new WrittenResult(parts.join('') + text), failed)
    : new WrittenResult(text);
}

/** Writes values of a field as JSON. Many events in a row say the same of who left, who follows and when: that is written once. */
function writerOf({ type, name }: GraphQLField<unknown, unknown>): (value: unknown) => string {
  const leaf = getNullableType(type) as GraphQLLeafType;
  const mayBeNull = !isNonNullType(type);
  let last: unknown;
  let lastText = '';
  return (value) => {
    if (value === last && lastText !== '') return lastText;
    if (value instanceof Error) throw value;
    const done: unknown = value == null ? null : leaf.serialize(value);
    if (done == null && !mayBeNull) throw new Error(`${name} has no value.`);
    lastText = jsonOf(done ?? null);
    last = value;
    return lastText;
  };
}

/** What JSON does not write as it stands; halves of surrogate pairs are escaped where they stand alone. */
const escaped = /["\\\u0000-\u001f\ud800-\udfff]/;

/** For texts without anything to escape, twice as fast as `JSON.stringify`. */
function jsonOf(value: unknown): string {
  return typeof value === 'string' && !escaped.test(value) ? `"${value}"` : JSON.stringify(value);
}

function failed(error: unknown): ExecutionResult {
  return { errors: [new GraphQLError('This event could not be worked out.', { originalError: error as Error })] };
}
