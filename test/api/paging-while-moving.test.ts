import { expect, test } from 'vitest';
import { openTestApp } from '../support/app.js';
import { handOver } from '../support/full-company.js';
import { departing, type Departing } from '../support/seed.js';

const baton = await openTestApp();
const pageSize = 7;
const total = 45;

interface Page {
  readonly nodes: readonly { readonly customer: { readonly name: string } }[];
  readonly pageInfo: {
    readonly startCursor: string | null;
    readonly endCursor: string | null;
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
  };
}

/** A page of the leaver's customers, in the order of `orderBy`, and the cursor to go on from. */
async function read(story: Departing, orderBy: string, cursor: string | null, backward: boolean) {
  const args = backward ? `last: ${pageSize}, before: $cursor` : `first: ${pageSize}, after: $cursor`;
  const { data, errors } = await baton.ask<{ node: { customers: Page } }>(
    story.admin.token,
    `query ($id: ID!, $cursor: String) { node(id: $id) { ... on Member {
      customers(${args}, orderBy: ${orderBy}) {
        nodes { customer { name } } pageInfo { startCursor endCursor hasNextPage hasPreviousPage } } } } }`,
    { id: story.leaver.id, cursor },
  );
  expect(errors).toBeUndefined();
  const { nodes, pageInfo } = data.node.customers;
  return {
    names: nodes.map(({ customer }) => customer.name),
    next: backward ? pageInfo.startCursor : pageInfo.endCursor,
    more: backward ? pageInfo.hasPreviousPage : pageInfo.hasNextPage,
  };
}

const orders = [
  ['the latest added first', '{ field: ADDED_AT, direction: DESC }'],
  ['the first added first', '{ field: ADDED_AT, direction: ASC }'],
  ['by name', '{ field: NAME, direction: ASC }'],
  ['by the last message, which some never wrote', '{ field: LAST_MESSAGE_AT, direction: DESC }'],
] as const;

test.each(
  orders.flatMap(([what, orderBy]) =>
    [false, true].map((backward) => [what, backward ? 'backwards' : 'forwards', orderBy, backward] as const),
  ),
)(
  'paging %s, %s, while customers are handed over between the pages repeats none and skips none',
  async (_what, _way, orderBy, backward) => {
    const story = await departing(baton, { customers: total });
    // Many alike, so that only the tie-breaker tells them apart.
    for (const [index, relation] of story.relations.entries()) {
      await baton.app.db.prisma.relation.update({
        where: { id: relation },
        data: {
          addedAt: new Date(Date.UTC(2026, 0, 1 + Math.floor(index / 9))),
          lastMessageAt: index % 3 === 0 ? null : new Date(Date.UTC(2026, 1, 1 + (index % 5))),
        },
      });
    }
    const byName = new Map(story.customers.map((customer) => [customer.name, customer]));
    const whole: string[] = [];
    for (let cursor: string | null = null, more = true; more;) {
      const page = await read(story, orderBy, cursor, false);
      whole.push(...page.names);
      [cursor, more] = [page.next, page.more];
    }
    expect([...whole].sort()).toEqual([...byName.keys()].sort());
    let left = backward ? [...whole].reverse() : whole;

    const seen: string[] = [];
    const expected: string[] = [];
    let cursor: string | null = null;
    let place = 0;
    for (let more = true; more;) {
      const page = await read(story, orderBy, cursor, backward);
      seen.push(...(backward ? [...page.names].reverse() : page.names));
      expected.push(...left.slice(place, place + pageSize));
      place += pageSize;
      [cursor, more] = [page.next, page.more];
      if (!more) break;

      // The one the cursor stands on, the first of the page, and two that are still to come, the very next among them.
      const going = [left[place - 1], left[place - pageSize], left[place], left[place + 3]].filter(
        (name) => name !== undefined,
      );
      await handOver(
        baton,
        story,
        going.map((name) => byName.get(name)!),
        [story.ana, story.ben],
      );
      place -= left.slice(0, place).filter((name) => going.includes(name)).length;
      left = left.filter((name) => !going.includes(name));
    }

    expect(seen).toEqual(expected);
    expect(new Set(seen).size).toBe(seen.length);
    expect(left.filter((name) => !seen.includes(name))).toEqual([]);
  },
);
