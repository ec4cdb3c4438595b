import { allRights } from '../../src/platform/rights.js';
import DataLoader from 'dataloader';
import {
  GraphQLInt,
  GraphQLNonNull,
  GraphQLObjectType,
  GraphQLSchema,
  GraphQLString,
  parse,
  type DocumentNode,
  type ExecutionResult,
} from 'graphql';
import { describe, expect, test } from 'vitest';
import type { BatonContext } from '../../src/graphql/context.js';
import { compiles, createCompiler } from '../../src/graphql/compiled.js';
import { createSharedSubscribe, shares } from '../../src/graphql/shared-results.js';
import { Common } from '../../src/platform/common.js';
import type { Actor } from '../../src/platform/actor.js';
import type { DirectIterator } from '../../src/platform/direct.js';

interface News {
  readonly text: string;
  readonly common: Common | null;
}

let executed = 0;
let feed: News[] = [];
let given: DirectIterator<News>;

const NewsType = new GraphQLObjectType<News, BatonContext>({
  name: 'News',
  fields: {
    text: { type: new GraphQLNonNull(GraphQLString), resolve: ({ text }) => (executed++, text) },
    later: { type: GraphQLString, resolve: async ({ text }) => (executed++, text) },
    repeated: {
      type: GraphQLString,
      args: { times: { type: new GraphQLNonNull(GraphQLInt) } },
      resolve: ({ text }, { times }) => (executed++, text.repeat(times as number)),
    },
    loadersFound: { type: GraphQLInt, resolve: (_news, _args, context) => useLoader(context) },
    loadersFoundLater: { type: GraphQLInt, resolve: async (_news, _args, context) => useLoader(context) },
    name: { type: GraphQLString, resolve: (_news, _args, { actor }) => (executed++, actor?.name) },
    wrong: {
      type: new GraphQLNonNull(GraphQLString),
      resolve() {
        executed++;
        throw new Error('Not today.');
      },
    },
  },
});

const schema = new GraphQLSchema({
  query: new GraphQLObjectType({ name: 'Query', fields: { nothing: { type: GraphQLString } } }),
  subscription: new GraphQLObjectType<unknown, BatonContext>({
    name: 'Subscription',
    fields: {
      news: {
        type: NewsType,
        args: { from: { type: GraphQLInt } },
        extensions: { ...compiles, ...shares<News>(({ common }) => common) },
        subscribe: () => from(feed),
        resolve: (news) => news,
      },
      given: { type: NewsType, subscribe: () => given, resolve: (news) => news },
      quiet: { type: NewsType, subscribe: () => silence(), resolve: (news) => news },
    },
  }),
});

/** Makes a loader, and answers how many there were. */
function useLoader({ loaders }: BatonContext): number {
  const found = loaders.size;
  loaders.set(Symbol('of a field'), new DataLoader(async (keys) => keys));
  return found;
}

async function* from(news: readonly News[]) {
  yield* news;
}

/** Says nothing until it is ended. */
function silence(): AsyncIterableIterator<News> {
  let end: () => void = () => undefined;
  const ended = new Promise<IteratorResult<News>>((resolve) => (end = () => resolve({ done: true, value: undefined })));
  const iterator: AsyncIterableIterator<News> = {
    next: () => ended,
    async return() {
      end();
      return { done: true, value: undefined };
    },
    [Symbol.asyncIterator]: () => iterator,
  };
  return iterator;
}

const ana: Actor = { kind: 'member', id: 'ana', enterpriseId: 'acme', name: 'Ana', rights: null };
const subscribe = createSharedSubscribe(schema, createCompiler(schema));

async function follow(
  document: DocumentNode,
  { actor = ana, variables }: { actor?: Actor | null; variables?: Record<string, unknown> } = {},
): Promise<ExecutionResult[]> {
  const contextValue = { actor, loaders: new Map() } as unknown as BatonContext;
  const results = await subscribe({ schema, document, contextValue, variableValues: variables });
  if (!(Symbol.asyncIterator in results)) return [results];
  const all = [];
  for await (const result of results) all.push(result);
  return all;
}

/** Events that all who follow have in common, and how often a field was resolved for what `work` did. */
async function counted(work: () => Promise<ExecutionResult[][]>, events = ['a', 'b', 'c', 'd', 'e']) {
  feed = events.map((text) => ({ text, common: new Common() }));
  executed = 0;
  const results = await work();
  return { results, executed };
}

describe('an event that followers have in common', () => {
  test.each([
    ['at once', '{ news { text } }'],
    ['later', '{ news { later } }'],
  ])('is executed once for one person, whose fields answer %s, and its result is one object', async (_when, fields) => {
    const document = parse(`subscription ${fields}`);
    const {
      results: [one, other],
      executed,
    } = await counted(() => Promise.all([follow(document), follow(document)]));

    expect(executed).toBe(5);
    expect(one?.map(({ data }) => Object.values((data as { news: Record<string, string> }).news))).toEqual(
      [...'abcde'].map((text) => [text]),
    );
    one?.forEach((result, index) => expect(other?.[index]).toBe(result));
  });

  test.each<[string, number, Actor | null]>([
    ['another person', 10, { ...ana, id: 'max', name: 'Max' }],
    ['the same person with other rights', 10, { ...ana, rights: allRights }],
    ['a namesake of another company', 10, { ...ana, enterpriseId: 'other' }],
    ['a customer of the same id', 10, { kind: 'customer', id: 'ana', enterpriseId: 'acme', name: 'Ana' }],
    ['nobody', 10, null],
    ['the person again', 5, { ...ana }],
  ])('beside %s: five events are executed %d times', async (_who, times, actor) => {
    const document = parse('subscription { news { name } }');
    const {
      results: [own, theirs],
      executed,
    } = await counted(() => Promise.all([follow(document), follow(document, { actor })]));

    expect(executed).toBe(times);
    expect(own?.map(({ data }) => data)).toEqual([...'abcde'].map(() => ({ news: { name: 'Ana' } })));
    const name = actor?.name ?? null;
    expect(theirs?.map(({ data }) => data)).toEqual([...'abcde'].map(() => ({ news: { name } })));
  });

  test('is executed again for other variables, but not for another place to begin at', async () => {
    const document = parse(`subscription ($from: Int, $times: Int!) { news(from: $from) { ...N } }
      fragment N on News { repeated(times: $times) }`);
    const {
      results: [one, two, elsewhere],
      executed,
    } = await counted(() =>
      Promise.all(
        [{ times: 1 }, { times: 2 }, { times: 1, from: 3 }].map((variables) => follow(document, { variables })),
      ),
    );

    expect(executed).toBe(10);
    expect(two?.[0]?.data).toEqual({ news: { repeated: 'aa' } });
    expect(elsewhere?.[0]).toBe(one?.[0]);
  });

  test('is executed again for a document that says the same in other words', async () => {
    const { results, executed } = await counted(() =>
      Promise.all(
        ['{ news { text } }', '{ news { words: text } }'].map((text) => follow(parse(`subscription ${text}`))),
      ),
    );

    expect(executed).toBe(10);
    expect(results.map(([first]) => first?.data)).toEqual([{ news: { text: 'a' } }, { news: { words: 'a' } }]);
  });

  test('that fails is refused to each follower by itself, in the words of GraphQL', async () => {
    const document = parse('subscription { news { wrong } }');
    const {
      results: [one, other],
    } = await counted(() => Promise.all([follow(document), follow(document)]));

    for (const results of [one, other]) {
      expect(results?.map(({ data, errors }) => ({ data, errors: errors?.map((error) => error.toJSON()) }))).toEqual(
        [...'abcde'].map(() => ({
          data: { news: null },
          errors: [{ message: 'Not today.', path: ['news', 'wrong'], locations: [{ line: 1, column: 23 }] }],
        })),
      );
    }
    one?.forEach((result, index) => expect(other?.[index]?.errors?.[0]).not.toBe(result.errors?.[0]));
  });
});

test('what takes time is not for a taker: it is executed once all the same, and comes by next', async () => {
  const event: News = { text: 'a', common: null };
  let answer: (event: IteratorResult<News>) => void = () => undefined;
  const source: DirectIterator<News> = {
    next: (taker) =>
      new Promise((resolve) => (answer = (given) => !taker?.take(given.value as News) && resolve(given))),
    return: async () => ({ done: true, value: undefined }),
    [Symbol.asyncIterator]: () => source,
  };
  given = source;
  const contextValue = { actor: ana, loaders: new Map() } as unknown as BatonContext;
  const follow = async (fields: string) => {
    const document = parse(`subscription { given { ${fields} } }`);
    return (await subscribe({ schema, document, contextValue })) as DirectIterator<ExecutionResult>;
  };
  const taken: ExecutionResult[] = [];
  const taker = { take: (result: ExecutionResult) => taken.push(result) > 0 };

  executed = 0;
  const later = (await follow('later')).next(taker);
  answer({ done: false, value: event });
  expect(await later).toEqual({ done: false, value: { data: { given: { later: 'a' } } } });
  expect([executed, taken]).toEqual([1, []]);

  let answered = false;
  void (await follow('text')).next(taker).then(() => (answered = true));
  answer({ done: false, value: event });
  await new Promise(setImmediate);
  expect([executed, taken, answered]).toEqual([2, [{ data: { given: { text: 'a' } } }], false]);
});

test('an event that nobody else has is executed for each', async () => {
  feed = [...'abcde'].map((text) => ({ text, common: null }));
  executed = 0;
  const document = parse('subscription { news { text } }');
  await Promise.all([follow(document), follow(document)]);

  expect(executed).toBe(10);
});

test.each(['loadersFound', 'loadersFoundLater'])(
  'each event has loaders of its own, and none is kept between two events (%s)',
  async (field) => {
    feed = [...'abc'].map((text) => ({ text, common: null }));
    const contextValue = { actor: ana, loaders: new Map() } as unknown as BatonContext;
    const document = parse(`subscription { news { ${field} } }`);
    const results = await subscribe({ schema, document, contextValue });
    if (!(Symbol.asyncIterator in results)) throw new Error('It was refused.');

    for (let event = 0; event < 3; event++) {
      expect(await results.next()).toEqual({ done: false, value: { data: { news: { [field]: 0 } } } });
      expect(contextValue.loaders.size).toBe(0);
    }
  },
);

test('variables that do not fit are refused before anything is followed', async () => {
  const document = parse('subscription ($times: Int!) { news { repeated(times: $times) } }');
  const [refused, ...others] = await follow(document, { variables: { times: 'many' } });

  expect(others).toEqual([]);
  expect(refused?.errors?.map(({ message }) => message)).toEqual([
    'Variable "$times" got invalid value "many"; Int cannot represent non-integer value: "many"',
  ]);
});

test('`return` ends a `next` that waits', async () => {
  const results = await subscribe({
    schema,
    document: parse('subscription { quiet { text } }'),
    contextValue: { actor: null, loaders: new Map() },
  });
  if (!(Symbol.asyncIterator in results)) throw new Error('It was refused.');
  const waiting = results.next();
  await results.return?.();

  expect(await waiting).toEqual({ done: true, value: undefined });
});
