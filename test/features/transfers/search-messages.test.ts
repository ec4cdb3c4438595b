import { describe, expect, test } from 'vitest';
import type { Actor } from '../../../src/platform/actor.js';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { countStatements } from '../../support/count-statements.js';
import { departing, serve, type Departing, type Person } from '../../support/seed.js';
import { transferCustomers } from './begin.js';
import { change } from './change.js';

const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;
const minute = 60_000;

/** A company that archives, whose customers all agreed. */
async function office(customers = 1): Promise<Departing> {
  const story = await departing(baton, { customers, resigned: false });
  await prisma.enterprise.update({ where: { id: story.enterpriseId }, data: { archiveEnabled: true } });
  await prisma.customer.updateMany({
    where: { enterpriseId: story.enterpriseId },
    data: { archiveConsentAt: baton.clock.now() },
  });
  return story;
}

/** The customer of this relation wrote these to whoever serves them, the last one a minute ago, each a minute after the one before. */
async function write(by: Person, relation: string, ...texts: string[]): Promise<void> {
  const now = baton.clock.now().getTime();
  const messages = texts.map((text, place) => ({
    sentAt: new Date(now - (texts.length - place) * minute).toISOString(),
    direction: 'FROM_CUSTOMER',
    text,
  }));
  const input = { relationId: encodeId('Relation', relation), messages };
  const { archivedCount } = await change(baton, by, 'recordConversation', input, 'archivedCount');
  expect(archivedCount).toBe(texts.length);
}

interface Match {
  readonly inherited: boolean;
  readonly message: { readonly text: string };
  readonly relation: { readonly id: string } | null;
  readonly snippet: readonly { readonly text: string; readonly isMatch: boolean }[];
}
interface Matches {
  readonly nodes: readonly Match[];
  readonly pageInfo: { readonly hasNextPage: boolean; readonly endCursor: string; readonly startCursor: string };
}

async function search(by: Person, text: string, more: Record<string, unknown> = {}): Promise<Matches> {
  const { data, errors } = await baton.ask<{ searchMessages: Matches }>(
    by.token,
    `query ($text: String!, $relationId: ID, $first: Int, $after: String, $last: Int, $before: String) {
       searchMessages(text: $text, relationId: $relationId, first: $first, after: $after, last: $last, before: $before) {
         nodes { inherited message { text } relation { id } snippet { text isMatch } }
         pageInfo { hasNextPage endCursor startCursor } } }`,
    { text, ...more },
  );
  expect(errors).toBeUndefined();
  return data.searchMessages;
}
const textsOf = ({ nodes }: Matches) => nodes.map(({ message }) => message.text);

describe('a message is found by its words and runs of characters, however they are written', async () => {
  const story = await office();
  const said = {
    order: 'Your ORDERS were shipped; running late: order_id=INV-2024-001.',
    chinese: '您好，合同已经寄出，请查收快递单号。',
    traditional: '合約已經寄出',
    apart: '同意合作，已同合伙人谈过。',
    wide: 'Ｐｌｅａｓｅ　ｐａｙ　１００元，订单Ａ１２３号',
    emoji: '👍🏽 收到 👨‍👩‍👧 ❤️',
    accents: 'Cafe\u0301 Straße, naïve',
    quoted: `he said "don't" & left | C:\\path ' OR 1=1 -- %_`,
    long: `${'很长的话'.repeat(990)} 结尾处有针`,
  };
  await write(story.leaver, story.relations[0]!, ...Object.values(said));
  const nameOf = (text: string) => Object.entries(said).find(([, each]) => each === text)?.[0];

  test.each<[string, string, string[]]>([
    ['a word, in any case', 'order', ['order']],
    ['another form of the word', 'Ships run', ['order']],
    ['two words in any order, with anything between', 'late shipped', ['order']],
    ['a word that is not there beside one that is', 'order contract', []],
    ['a part of a word', 'ord', []],
    ['a number with its punctuation', 'inv-2024-001', ['order']],
    ['a run of characters', '合同已经寄出', ['chinese']],
    ['two characters', '合同', ['chinese']],
    ['one character', '同', ['apart', 'chinese']],
    ['one character of another form', '約', ['traditional']],
    ['two runs in any order', '快递 合同', ['chinese']],
    ['a run across punctuation', '寄出请', []],
    ['a run whose pairs stand apart', '同合同', []],
    ['a full-width word, written half-width', 'please 100', ['wide']],
    ['a half-width query, written full-width', 'ＡＢＣ ｐｌｅａｓｅ', []],
    ['mixed text', '订单a123号', ['wide']],
    ['an emoji, whatever its skin', '👍', ['emoji']],
    ['a family of emoji', '👨‍👩‍👧', ['emoji']],
    ['a heart with another selector', '❤', ['emoji']],
    ['a composed letter', 'café', ['accents']],
    ['what a query language would take for operators', "don't & left | :* ! <-> (", ['quoted']],
    ['quotes and a statement', "' or 1=1 --", ['quoted']],
    ['signs of patterns alone', '%_', []],
    ['punctuation alone', '。，!?', []],
    ['the end of a long text', '结尾处有针', ['long']],
    ['a stop word', 'were', ['order']],
  ])('%s', async (_what, text, found) => {
    expect(textsOf(await search(story.leaver, text)).map(nameOf)).toEqual(found);
  });

  test.each([
    ['', 'must have 1 to 200 characters'],
    [' \t', 'must have 1 to 200 characters'],
    ['好'.repeat(201), 'must have 1 to 200 characters'],
    ['a\0b', 'must not contain a NUL character'],
    ['a\ud800', 'half a character'],
  ])('what cannot be searched for is BAD_USER_INPUT: %j', async (text, message) => {
    const { errors } = await baton.ask(
      story.leaver.token,
      'query ($text: String!) { searchMessages(text: $text) { nodes { inherited } } }',
      { text },
    );
    expect(errors?.map((error) => [error.extensions.code, error.message])).toEqual([
      ['BAD_USER_INPUT', expect.stringContaining(message)],
    ]);
  });

  test('the snippet shows the first match and its neighbours, and the whole of it is the text', async () => {
    const snippetOf = async (text: string) =>
      (await search(story.leaver, text)).nodes[0]?.snippet.map((part) => (part.isMatch ? `[${part.text}]` : part.text));

    expect(await snippetOf('run order')).toEqual([
      'Your ',
      '[ORDERS]',
      ' were shipped; ',
      '[running]',
      ' late: ',
      '[order]',
      '_id=INV-2024-001.',
    ]);
    expect(await snippetOf('寄出 快递单')).toEqual(['您好，合同已经', '[寄出]', '，请查收', '[快递单]', '号。']);
    expect(await snippetOf('please')).toEqual(['[Ｐｌｅａｓｅ]', '　ｐａｙ　１００元，订单Ａ１２３号']);
    expect(await snippetOf('café')).toEqual(['[Cafe\u0301]', ' Straße, naïve']);
    expect(await snippetOf('针')).toEqual([`…${'很长的话'.repeat(9).slice(-35)} 结尾处有`, '[针]']);
  });
});

test('a member searches what they and their customers wrote, and what came with them, and nothing else', async () => {
  const story = await office(2);
  const { leaver, ana, ben, admin, relations, customers, enterpriseId } = story;
  await write(leaver, relations[0]!, 'needle with Lee');
  await write(leaver, relations[1]!, 'needle of the second');
  await transferCustomers(baton, story, { kind: 'ON_JOB', selection: { customerIds: [customers[0]!.id] } });
  await app.settle();
  baton.clock.advance(1);
  await write(ana, relations[0]!, 'needle with Ana');
  const bens = await serve(baton, { enterpriseId, member: ben, customer: customers[1]! });
  await write(ben, bens.relation, 'needle with Ben');
  const elsewhere = await office();
  await write(elsewhere.leaver, elsewhere.relations[0]!, 'needle elsewhere');

  const relationId = encodeId('Relation', relations[0]!);
  const shown = (await search(ana, 'needle')).nodes.map((each) => [
    each.message.text,
    each.inherited,
    each.relation?.id,
  ]);
  expect(shown).toEqual([
    ['needle with Ana', false, relationId],
    ['needle with Lee', true, relationId],
  ]);
  expect(textsOf(await search(leaver, 'needle'))).toEqual(['needle of the second']);
  expect(textsOf(await search(ben, 'needle'))).toEqual(['needle with Ben']);
  expect(textsOf(await search(admin, 'needle'))).toEqual([]);
  expect(textsOf(await search(elsewhere.leaver, 'needle'))).toEqual(['needle elsewhere']);

  const other = { relationId: encodeId('Relation', relations[1]!) };
  expect(textsOf(await search(ana, 'needle', { relationId }))).toEqual(['needle with Ana', 'needle with Lee']);
  for (const reader of [ana, admin, elsewhere.leaver])
    expect(textsOf(await search(reader, 'needle', other))).toEqual([]);
});

test('what the leaver wrote after the takeover is not found by the successor', async () => {
  const story = await office();
  const { leaver, ana, relations, customers, enterpriseId } = story;
  await write(leaver, relations[0]!, 'needle then');
  await transferCustomers(baton, story, { kind: 'ON_JOB' });
  await app.settle();
  baton.clock.advance(1);
  const again = await serve(baton, { enterpriseId, member: leaver, customer: customers[0]! });
  await write(leaver, again.relation, 'needle now');

  expect(textsOf(await search(ana, 'needle'))).toEqual(['needle then']);
  expect(textsOf(await search(leaver, 'needle'))).toEqual(['needle now', 'needle then']);
});

test('matches are paged by time, the newest first, whichever way one reads, with as many statements for 3 customers as for 230', async () => {
  const small = await office(3);
  const large = await office(230);
  for (const { leaver, relations } of [small, large]) {
    await write(leaver, relations[0]!, 'needle 1', 'hay', 'needle 2', 'needle 3');
    await write(leaver, relations[2]!, 'needle 0, a minute ago', 'needle 4');
    baton.clock.advance(1);
    await write(leaver, relations[1]!, 'needle 5');
  }
  const all = ['needle 5', 'needle 4', 'needle 3', 'needle 2', 'needle 0, a minute ago', 'needle 1'];

  for (const { leaver } of [small, large]) {
    const seen: string[] = [];
    let after: string | null = null;
    for (let more = true; more;) {
      const page = await search(leaver, 'needle', { first: 2, after });
      seen.push(...textsOf(page));
      more = page.pageInfo.hasNextPage;
      after = page.pageInfo.endCursor;
    }
    // Two were written in the same minute: their order is that of their ids.
    const ties = (texts: string[]) => [
      texts[0],
      [...texts.slice(1, 3)].sort(),
      [...texts.slice(3, 5)].sort(),
      texts[5],
    ];
    expect(ties(seen)).toEqual(ties(all));
    const last = await search(leaver, 'needle', { last: 2 });
    expect(textsOf(last)).toEqual(seen.slice(-2));
    const before = await search(leaver, 'needle', { last: 3, before: last.pageInfo.startCursor });
    expect(textsOf(before)).toEqual(seen.slice(1, 4));
  }
  const counts = [];
  for (const { leaver, enterpriseId } of [small, large]) {
    const actor: Actor = { kind: 'member', id: leaver.uuid, enterpriseId, name: 'Lee', rights: null };
    const document = '{ searchMessages(text: "needle") { nodes { relation { id } snippet { text } } } }';
    const { statements, result } = await countStatements(app, actor, document);
    expect(result.errors).toBeUndefined();
    counts.push(statements);
  }
  expect(counts).toEqual([2, 2]);
});
