import { randomUUID } from 'node:crypto';
import { execute, parse, subscribe, type ExecutionResult } from 'graphql';
import { describe, expect, test } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { createAuthenticator } from '../../src/app/authenticate.js';
import { withinEnterprise } from '../../src/platform/db/scope.js';
import { openTestApp } from '../support/app.js';
import { everythingOf, fullCompany, handOver, type FullCompany } from '../support/full-company.js';
import { settled } from '../support/settled.js';
import type { Person } from '../support/seed.js';
import { callWithIdsOf, fieldsOf, secretsOf } from './every-call.js';

/*
 * As if no statement of the application had the right filter: somebody of one company asks, by everything that the application
 * decides by, while the database stands within another.
 */
const baton = await openTestApp();
const own = await fullCompany(baton);
const others = await fullCompany(baton);
const app = baton.served;
const authenticator = createAuthenticator(app);
const people = { administrator: others.admin, member: others.ana, customer: others.handed };
const leaked = secretsOf(others);

/** What operations of this person of the others are given. */
async function contextOf(token: string) {
  const signedIn = await authenticator.signIn(token);
  return {
    app,
    actor: signedIn?.actor,
    requestId: randomUUID(),
    address: null,
    bookmark: null,
    loaders: new Map(),
  };
}

/** What this person of the others is answered where the database stands within this enterprise. */
async function ask(scope: string, person: keyof typeof people, document: string): Promise<ExecutionResult> {
  const contextValue = await contextOf(people[person].token);
  return withinEnterprise(scope, () => execute({ schema, document: parse(document), contextValue }));
}

/** A subscription of this person where the database stands within this enterprise, whoever asks for its next result. */
async function listen(scope: string, token: string, document: string) {
  const contextValue = await contextOf(token);
  const args = { schema, document: parse(document), contextValue };
  const results = await withinEnterprise(scope, async () => subscribe(args)).catch((refusal: unknown) => ({ refusal }));
  return {
    next: async (): Promise<unknown> =>
      Symbol.asyncIterator in results ? (await withinEnterprise(scope, () => results.next())).value : results,
    close: async () => void (Symbol.asyncIterator in results && (await results.return?.())),
  };
}

const queries = fieldsOf(schema.getQueryType());
const mutations = fieldsOf(schema.getMutationType());
const subscriptions = fieldsOf(schema.getSubscriptionType());

describe('whoever asks in the name of another company gets nothing of it', () => {
  let shown = 0;
  test.each(queries)('%s', async (_name, field) => {
    const document = `{ ${callWithIdsOf(others, field)} }`;
    for (const person of Object.keys(people) as (keyof typeof people)[]) {
      const given = leaked(await ask(others.enterpriseId, person, document)).length;
      shown += given;
      expect(leaked(await ask(own.enterpriseId, person, document))).toEqual([]);
    }
  });

  test('though the same queries show them much where the database stands within their company', () => {
    expect(shown).toBeGreaterThan(50);
  });

  test('node, by the id of each object', async () => {
    for (const id of others.everyId) {
      const document = `{ node(id: ${JSON.stringify(id)}) { id } }`;
      const { data } = await ask(own.enterpriseId, 'administrator', document);
      expect(data?.['node'] ?? null).toBeNull();
    }
  });
});

describe('whoever changes in the name of another company changes nothing, here or there', () => {
  test.each(mutations)('%s', async (_name, field) => {
    const before = [await everythingOf(baton, own.enterpriseId), await everythingOf(baton, others.enterpriseId)];

    for (const person of Object.keys(people) as (keyof typeof people)[]) {
      expect(leaked(await ask(own.enterpriseId, person, `mutation { ${callWithIdsOf(others, field)} }`))).toEqual([]);
    }

    const after = [await everythingOf(baton, own.enterpriseId), await everythingOf(baton, others.enterpriseId)];
    expect(after).toEqual(before);
  });
});

describe('whoever listens in the name of another company is told nothing that it has missed, nor any state', () => {
  const listeners: Record<string, keyof FullCompany & ('admin' | 'ana' | 'handed')> = {
    assignmentNotifications: 'ana',
    customerNotices: 'handed',
    poolChanged: 'admin',
    transferProgress: 'admin',
  };
  const inboxes = ['assignmentNotifications', 'customerNotices'];

  test.each(subscriptions)('%s', async (name, field) => {
    const company = await fullCompany(baton);
    const { admin, leaver, ana, ben, handed, kept, enterpriseId } = company;
    const { token } = company[listeners[name]!];
    const turn = async (from: Person, to: Person) => {
      await handOver(baton, { admin, leaver: from }, [handed], [to], 'ON_JOB');
      await settled(baton.app.db);
    };
    const isInbox = inboxes.includes(name);
    const inbox = async () => {
      if (!isInbox) return [];
      const { data } = await baton.ask<Told>(token, `{ all: ${name} { nodes { id cursor } } }`);
      return data.all.nodes;
    };
    const [read] = await inbox();
    // Of the leaver, who alone is in the pool.
    const document = `subscription { ${callWithIdsOf({ ...company, ana: leaver }, field, read?.cursor)} }`;
    if (isInbox) {
      await handOver(baton, { admin, leaver }, [kept], [ana]);
      await turn(ana, ben);
    }
    const tells = secretsOf({ ...company, everyId: [...company.everyId, ...(await inbox()).map(({ id }) => id)] });

    const there = await listen(enterpriseId, token, document);
    const missed = await there.next();
    const here = await listen(own.enterpriseId, token, document);
    const first = here.next();
    // What is new finds its reader by name. All that is to be said of it is looked up here, and not there.
    if (isInbox) await turn(ben, ana);
    const heard = await first;

    expect(tells(missed).length).toBeGreaterThan(0);
    expect(tells(heard)).toEqual([]);
    await there.close();
    await here.close();
  });
});

interface Told {
  readonly all: { readonly nodes: readonly { readonly id: string; readonly cursor: string }[] };
}
