import { auditServer } from 'graphql-http';
import { expect, test } from 'vitest';
import { openTestApp } from '../support/app.js';
import { departing } from '../support/seed.js';
import { openDoors } from './open-doors.js';

// As in production: the schema is shown to administrators only.
const here = await openTestApp({ INTROSPECTION: 'administrators' });
const doors = await openDoors(here);
const { admin } = await departing(here, { customers: 1 });

/**
 * What the specification recommends and is refused on purpose: queries by GET, which a link on any page could send in a person's name.
 */
const declined: readonly string[] = [];

test('the audits of graphql-http find no error, and warn of nothing but what is refused on purpose', async () => {
  const results = await auditServer({
    url: `http://127.0.0.1:${doors.port}/graphql`,
    fetchFn: (url: string, init: RequestInit = {}) =>
      fetch(url, {
        ...init,
        headers: { ...(init.headers as Record<string, string>), authorization: `Bearer ${admin.token}` },
      }),
  });
  const of = (status: string) =>
    results.filter((result) => result.status === status).map(({ id, name }) => `${id} ${name}`);

  expect(of('error')).toEqual([]);
  expect(of('warn')).toEqual(declined);
  expect(results.length).toBeGreaterThan(50);
});
