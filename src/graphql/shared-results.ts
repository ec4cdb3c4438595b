import {
  createSourceEventStream,
  execute,
  getOperationAST,
  Kind,
  visit,
  type ArgumentNode,
  type DocumentNode,
  type ExecutionArgs,
  type ExecutionResult,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
} from 'graphql';
import type { Common } from '../platform/common.js';
import { keepScope } from '../platform/db/scope.js';
import { Direct, type DirectIterator, type Taker } from '../platform/direct.js';
import type { CompiledOperation } from './compiled.js';
import type { BatonContext } from './context.js';

const mark = 'batonCommon';

type CommonOf<Event> = (event: Event) => Common | null;

/**
 * Marks a subscription's field as one whose results may be shared: events that answer the same `Common` must have equal
 * results for the same person, in every field below it. Null: nobody else has this event.
 */
export function shares<Event>(commonOf: CommonOf<Event>): { readonly [mark]: CommonOf<Event> } {
  return { [mark]: commonOf };
}

/** What one operation of a document is to the others. */
interface Operation {
  readonly number: number;
  readonly commonOf: CommonOf<unknown> | null;
  /** Variables of which a result depends; those that only chose where to begin are not among them. */
  readonly variables: readonly string[];
}

/** Longest text of variables under which a result is kept for others. */
const longestVariables = 500;

type Result = ExecutionResult | Promise<ExecutionResult>;

/** Answers the results of a subscription, or why there are none. */
export type Subscribe = (args: ExecutionArgs) => Promise<DirectIterator<ExecutionResult> | ExecutionResult>;

/**
 * Subscribes as GraphQL does, but executes equal events once: a person's subscriptions with the same document and variables
 * get the same result, the very object, so that whoever sends it can keep its text. Operations that may be are compiled.
 *
 * A result with errors is not shared: each follower's own is worded by `execute`, with positions and all. Each event has loaders
 * of its own: those of the first one would remember its answers as long as the client stays.
 */
export function createSharedSubscribe(
  schema: GraphQLSchema,
  compiledFor: (document: DocumentNode, operationName: string | null | undefined) => CompiledOperation | null,
): Subscribe {
  const operations = new WeakMap<DocumentNode, Map<string, Operation>>();
  let count = 0;

  function operationOf({ document, operationName }: ExecutionArgs): Operation {
    const known = operations.get(document) ?? new Map<string, Operation>();
    operations.set(document, known);
    const name = operationName ?? '';
    const operation = known.get(name) ?? describe(schema, document, operationName, count++);
    known.set(name, operation);
    return operation;
  }

  return async (args) => {
    const source = await createSourceEventStream(args);
    if (!(Symbol.asyncIterator in source)) return source;
    const { number, commonOf, variables } = operationOf(args);
    const context = args.contextValue as BatonContext;
    forget(context);
    const given = JSON.stringify(variables.map((name) => args.variableValues?.[name]));
    let compiled: CompiledOperation | null = null;
    const mayShare = context.actor !== null && given.length <= longestVariables;
    // All that a resolver may look at to decide what this person sees.
    const key = mayShare ? interned(`${number} ${JSON.stringify(context.actor)} ${given}`) : null;

    const asWorded = (event: unknown) => execute({ ...args, rootValue: event }) as Result;

    function execution(event: unknown): Result {
      compiled ??= compiledFor(args.document, args.operationName);
      if (!compiled) return asWorded(event);
      const result = compiled(event, context, args.variableValues);
      if ('then' in result) return Promise.resolve(result).then((done) => (done.errors ? asWorded(event) : done));
      return result.errors ? asWorded(event) : result;
    }

    // An event is handed to a taker by whoever reads for everybody, and executed there.
    const run = keepScope((event: unknown): Result => {
      const result = execution(event);
      if ('then' in result) return result.finally(() => forget(context));
      forget(context);
      return result;
    });

    // A source that is no direct iterator looks at no taker, and its events come by `next`.
    return new Results(source[Symbol.asyncIterator]() as DirectIterator<unknown>, run, commonOf, key);
  };
}

/** The results of the events. Unlike a generator's, its `return` also ends a `next` that waits. */
class Results extends Direct<ExecutionResult> implements Taker<unknown> {
  #taker: Taker<ExecutionResult> | undefined;
  /** For a taker, which has no time to wait for it: the event comes again by `next`. */
  #begun: { readonly event: unknown; readonly result: Result } | null = null;

  constructor(
    private readonly events: DirectIterator<unknown>,
    private readonly run: (event: unknown) => Result,
    private readonly commonOf: CommonOf<unknown> | null,
    /** Followers with the same one get the same result; null where nobody else may. */
    private readonly key: string | null,
  ) {
    super();
  }

  // Not async: it waits nearly all the time, in thousands.
  next(taker?: Taker<ExecutionResult>): Promise<IteratorResult<ExecutionResult>> {
    this.#taker = taker;
    return this.events.next(taker && this).then((event) => this.answer(event));
  }

  take(event: unknown): boolean {
    const result = this.resultOf(event);
    if (!('then' in result) && this.#taker?.take(result)) return true;
    this.#begun = { event, result };
    return false;
  }

  private resultOf(event: unknown): Result {
    const { key, run } = this;
    const kept = key === null ? undefined : (this.commonOf?.(event)?.kept as Map<string, Result> | undefined);
    if (key === null || !kept) return run(event);
    const known = kept.get(key);
    if (known) return 'then' in known ? known.then((done) => (done.errors ? run(event) : done)) : known;
    const result = run(event);
    if ('then' in result) {
      kept.set(key, result);
      void result.then(
        (done) => (done.errors ? kept.delete(key) : kept.set(key, done)),
        () => kept.delete(key),
      );
    } else if (!result.errors) kept.set(key, result);
    return result;
  }

  private answer(
    event: IteratorResult<unknown>,
  ): IteratorResult<ExecutionResult> | Promise<IteratorResult<ExecutionResult>> {
    if (event.done) return { done: true, value: undefined };
    const begun = this.#begun;
    this.#begun = null;
    const result = begun && begun.event === event.value ? begun.result : this.resultOf(event.value);
    return 'then' in result ? result.then((value) => ({ done: false, value })) : { done: false, value: result };
  }

  async return(): Promise<IteratorResult<ExecutionResult>> {
    // Of a source that is not ours it may be missing.
    await (this.events as AsyncIterator<unknown>).return?.();
    return { done: true, value: undefined };
  }
}

/** Clearing a map makes a new one, also where it is empty. */
function forget({ loaders }: BatonContext): void {
  if (loaders.size > 0) loaders.clear();
}

/**
 * The one copy of this text that the engine keeps of all names of properties, as long as somebody has it. Two of them are compared by
 * where they lie, and thousands of followers who are one person keep one between them.
 */
function interned(text: string): string {
  // A literal would leave a shape behind for each text, on which the engine's other objects are built.
  const names = Object.create(null) as Record<string, true>;
  names[text] = true;
  return Object.keys(names)[0] ?? text;
}

function describe(
  schema: GraphQLSchema,
  document: DocumentNode,
  operationName: string | null | undefined,
  number: number,
): Operation {
  const operation = getOperationAST(document, operationName);
  const [root, ...others] = operation?.selectionSet.selections ?? [];
  const nothing: Operation = { number, commonOf: null, variables: [] };
  if (root?.kind !== Kind.FIELD || others.length > 0) return nothing;
  const field = schema.getSubscriptionType()?.getFields()[root.name.value];
  const commonOf = field?.extensions[mark] as Operation['commonOf'] | undefined;
  return commonOf ? { number, commonOf, variables: variablesBelow(document, root) } : nothing;
}

/** The variables of a document but for those that only the arguments of its root field use. */
function variablesBelow(document: DocumentNode, root: FieldNode): string[] {
  const names = new Set<string>();
  const look = (node: FieldNode | FragmentDefinitionNode, passOver: readonly ArgumentNode[]) =>
    visit(node, {
      Argument: (argument) => (passOver.includes(argument) ? false : undefined),
      Variable: ({ name }) => void names.add(name.value),
    });
  look(root, root.arguments ?? []);
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) look(definition, []);
  }
  return [...names].sort();
}
