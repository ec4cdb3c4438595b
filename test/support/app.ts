import { afterAll } from 'vitest';
import { createApp, type Baton } from '../../src/app/app.js';
import { readConfig } from '../../src/app/config.js';
import { createGraphqlHandler, type BatonYoga } from '../../src/app/http.js';
import type { TypedDocumentString } from '../../src/generated/graphql/graphql.js';
import { issueToken } from '../../src/app/tokens.js';
import { createLogger } from '../../src/platform/log.js';
import { openTestDatabase } from './database.js';

/** A clock that stands where the test puts it. */
export interface TestClock {
  now(): Date;
  /** Moves on by so many hours; backwards if negative. */
  advance(hours: number): void;
  /** Moves to this moment, also backwards. */
  set(moment: Date): void;
}

/** An answer whose shape the test knows; give a type of your own where it should be checked. */
export interface Answer {
  [field: string]: Answer;
  [place: number]: Answer;
}

/** Everything a test speaks to: the application on a database of its own, at a time of its own, without a runner. */
export interface TestApp {
  /** As the test uses it by itself: outside of any scope, its database is the owner's. What `yoga` and `settle` do is the application's. */
  readonly app: Baton;
  /** The application itself, whose database is not the test's: what its doors open on, and what counts their connections. */
  readonly served: Baton;
  readonly clock: TestClock;
  readonly yoga: BatonYoga;
  /** One operation by this person; answers data and errors as a client gets them. */
  ask<Data = Answer, Variables = Record<string, unknown>>(
    token: string | null,
    document: TypedDocumentString<Data, Variables> | string,
    variables?: Variables,
  ): Promise<{ data: Data; errors?: { message: string; path?: (string | number)[]; extensions: { code: string } }[] }>;
  tokenOf(person: { kind: 'member' | 'customer'; id: string; enterpriseId: string }): Promise<string>;
}

/**
 * Opens the application on a fresh database: embedded, or on TEST_DATABASE_URL. Call it at the top level of the file; it closes
 * after the last test. Nothing is taken over but by `app.settle()`. Give `settings` where a test is about one.
 */
export async function openTestApp(settings: Readonly<Record<string, string>> = {}): Promise<TestApp> {
  const database = await openTestDatabase();
  let now = new Date('2026-03-02T08:00:00.000Z').getTime();
  const clock: TestClock = {
    now: () => new Date(now),
    advance: (hours) => void (now += hours * 3600_000),
    set: (moment) => void (now = moment.getTime()),
  };
  const config = readConfig({ NODE_ENV: 'test', RUNNER: 'false', ...settings });
  const served = await createApp(config, { clock, db: database.served, log: createLogger({ level: 'silent' }) });
  afterAll(() => served[Symbol.asyncDispose]());
  const yoga = createGraphqlHandler(served);
  const app = { ...served, db: database.db };
  return {
    app,
    served,
    clock,
    yoga,
    async ask(token, document, variables) {
      const response = await yoga.fetch('http://baton.test/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...(token && { authorization: `Bearer ${token}` }) },
        body: JSON.stringify({ query: document, variables }),
      });
      const { data, errors } = (await response.json()) as { data: never; errors?: never };
      return { data, errors };
    },
    tokenOf: ({ kind, id, enterpriseId }) => issueToken(app, { kind, personId: id, enterpriseId }),
  };
}
