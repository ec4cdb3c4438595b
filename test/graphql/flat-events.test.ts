import {
  buildSchema,
  execute,
  parse,
  type GraphQLObjectType,
  type GraphQLSchema,
  type GraphQLUnionType,
} from 'graphql';
import { expect, test } from 'vitest';
import { compileFlat, WrittenResult, yieldsEvents } from '../../src/graphql/flat-events.js';

interface Event {
  readonly kind: string;
  readonly text?: string | null | Error;
  readonly number?: number;
}

const schema: GraphQLSchema = buildSchema(`
  interface Node { id: ID! }
  enum Mood { GOOD BAD }
  type Told implements Node { id: ID! text: String! mood: Mood late: Int lateText: String! other: Told texts: [String] cut(at: Int): String }
  type Lost { reason: String! number: Int }
  union Event = Told | Lost
  type Query { nothing: Int }
  type Subscription { event(after: String): Event! plain: Told unmarked: Event! }`);
const told = (schema.getType('Told') as GraphQLObjectType<Event>).getFields();
told.id!.resolve = (_event, _args, { reader }: { reader: string }) => `of ${reader}`;
told.mood!.resolve = () => 'BAD';
told.late!.resolve = ({ number }) => Promise.resolve(number);
told.lateText!.resolve = () => Promise.reject(new Error('Too late.'));
(schema.getType('Event') as GraphQLUnionType).resolveType = ({ kind }: Event) => kind;
for (const name of ['event', 'plain', 'unmarked']) {
  const field = schema.getSubscriptionType()!.getFields()[name]!;
  field.resolve = (event: unknown) => event;
  if (name !== 'unmarked') Object.assign(field, { extensions: yieldsEvents });
}
const context = { reader: 'Ana' };

function compile(text: string) {
  return compileFlat(schema, parse(text), undefined);
}

test.each([
  ['subscription ($after: String) { event(after: $after) { ... on Told { id text } ... on Lost { reason } } }'],
  [
    'subscription { news: event { __typename ... on Node { key: id } ...Words ...Reason } } fragment Words on Told { text mood late text } fragment Reason on Lost { type: __typename number reason }',
  ],
])('a follower of leaves gets what `execute` answers, in the same order: %s', async (text) => {
  const run = compile(text);
  const events: Event[] = [
    { kind: 'Told', text: 'Hello', number: 3 },
    { kind: 'Told', text: '你好 "now"' },
    { kind: 'Told', text: 'Hello\n\u0000 😀 half of one: \ud83d' },
    { kind: 'Told', text: 'the same again' },
    { kind: 'Told', text: 'the same again' },
    { kind: 'Lost', number: 7, reason: 'away' } as Event,
  ];
  for (const event of events) {
    const worded = await execute({ schema, document: parse(text), rootValue: event, contextValue: context });

    expect(worded.errors).toBeUndefined();
    const result = await run?.(event, context, {});
    expect(result).toBeInstanceOf(WrittenResult);
    expect((result as WrittenResult).text).toBe(JSON.stringify(worded));
    expect(JSON.stringify(result)).toBe(JSON.stringify(worded));
    expect(JSON.stringify(result?.data)).toBe(JSON.stringify(worded.data));
  }
});

test.each([
  ['an object below', '{ plain { other { id } } }'],
  ['a list', '{ plain { texts } }'],
  ['an argument', '{ plain { cut(at: 1) } }'],
  ['a field that takes arguments', '{ plain { cut } }'],
  ['a directive on a field', '{ plain { text @include(if: true) } }'],
  ['a directive on a fragment', '{ event { ... on Told @skip(if: true) { text } } }'],
  ['a directive on the root', '{ plain @include(if: true) { text } }'],
  ['a root field that is not marked', '{ unmarked { ... on Told { text } } }'],
])('%s is not for it', (_what, selection) => {
  expect(compile(`subscription ${selection}`)).toBeNull();
});

test('nothing but a subscription is for it', () => {
  expect(compile('{ nothing }')).toBeNull();
});

test.each([
  ['no value where there must be one', '{ plain { text } }', { kind: 'Told', text: null }],
  ['an error for a value', '{ plain { text } }', { kind: 'Told', text: new Error('Broken.') }],
  ['a value that its type does not know', '{ event { ... on Lost { number } } }', { kind: 'Lost', number: 1.5 }],
  ['a value that comes to nothing later', '{ plain { late lateText text } }', { kind: 'Told', text: 'x', number: 1 }],
  ['an event of no known type', '{ event { __typename } }', { kind: 'Other' }],
])('%s is answered as an error, for `execute` to word', async (_what, selection, event) => {
  const result = await compile(`subscription ${selection}`)?.(event, context, {});

  expect(result?.errors).toHaveLength(1);
  expect(result?.data).toBeUndefined();
});
