import { expect, test, vi } from 'vitest';
import { schema } from '../../src/app/schema.js';
import { occur } from '../features/inbox/inbox-seed.js';
import { openTestApp } from '../support/app.js';
import { keepCompany } from '../support/company-tables.js';
import { openEventStream } from '../support/event-stream.js';
import { everythingOf, fullCompany, type FullCompany } from '../support/full-company.js';
import { mutationRows, type MutationRow } from './mutation-rows.js';
import { queryRows } from './query-rows.js';
import { roles, staff, type People, type Role } from './staff.js';

/**
 * Who may do what: every query, mutation and subscription, asked by every role, about a company whose people work in the role's own
 * department, in another one, and in another company. What comes out is `role-matrix.txt`, which is reviewed; a field without a row
 * in one of the lists fails. `vitest -u` writes the file anew.
 */
vi.setConfig({ testTimeout: 900_000 });

const baton = await openTestApp();
const places = ['own', 'beside', 'elsewhere'] as const;
type Place = (typeof places)[number];

/** A company with what a row needs, and all who ask about it. */
interface Stage {
  readonly company: FullCompany;
  readonly input: object;
  readonly people: Readonly<Record<Exclude<Place, 'elsewhere'>, People>>;
}
/** What came out, by place and role. */
type Outcomes = Record<Place, Partial<Record<Role, string>>>;
type Errors = readonly { extensions: { code: string } }[] | undefined;

const nothingYet = (): Outcomes => ({ own: {}, beside: {}, elsewhere: {} });
const lines: Record<string, Outcomes> = {};

/** `yes`: the answer shows what was asked for, or the change was made. `empty`: an answer without it. Otherwise the code of the refusal. */
function outcome(data: unknown, errors: Errors, shown?: string): string {
  if (errors?.[0]) return errors[0].extensions.code;
  const text = JSON.stringify(data);
  const refused = /"userErrors":\[\{"code":"(\w+)"/.exec(text)?.[1];
  if (refused !== undefined) return refused;
  return shown === undefined || text.includes(shown) ? 'yes' : 'empty';
}

/** What of the company an answer gives away, other than the ids that were asked about. */
function givenAway(company: FullCompany, data: unknown, asked: unknown): string[] {
  const [answered, known] = [JSON.stringify(data ?? null), JSON.stringify(asked ?? null)];
  return company.everyId.filter((id) => answered.includes(id) && !known.includes(id));
}

async function stage(prepare: (company: FullCompany) => object | Promise<object> = () => ({})): Promise<Stage> {
  const company = await fullCompany(baton);
  const input = await prepare(company);
  return { company, input, people: await staff(baton, company) };
}

/** Who asks about the company from this place: its own people, or those of another company. */
const peopleOf = (place: Place, here: Stage, elsewhere: Stage) =>
  Object.entries(place === 'elsewhere' ? elsewhere.people.own : here.people[place]).filter(
    ([role]) => place !== 'elsewhere' || role !== 'nobody',
  ) as [Role, Stage['people']['own'][Role]][];

const [here, elsewhere] = [await stage(), await stage()];

test('queries show what is theirs', async () => {
  for (const row of queryRows) {
    const outcomes = nothingYet();
    const variables = row.variables?.(here.company) ?? {};
    for (const place of places) {
      for (const [role, person] of peopleOf(place, here, elsewhere)) {
        const { data, errors } = await baton.ask<unknown>(person?.token ?? null, row.document, variables);
        const result = outcome(data, errors, row.shows(here.company));
        if (place === 'elsewhere')
          expect(givenAway(here.company, data, variables), `${row.query} of ${role}`).toEqual([]);
        outcomes[place][role] = place === 'elsewhere' && result === 'yes' ? 'theirs' : result;
      }
    }
    lines[`query ${row.query}${row.of ? `: ${row.of}` : ''}`] = outcomes;
  }
});

/** More that a mutation can be asked for than its one row for the audit. */
const further: readonly (Pick<MutationRow, 'mutation' | 'done'> & { readonly of: string })[] = [
  { mutation: 'endRelation', of: "the leaver's", done: ({ leavers }) => ({ relationId: leavers.relation }) },
  {
    mutation: 'createMember',
    of: 'of a department',
    done: ({ ids }) => ({ userId: 'new', name: 'New', departmentId: ids.Department }),
  },
  {
    mutation: 'createCustomerGroup',
    of: "a colleague's",
    done: ({ ana, handed, ben }) => ({
      chatId: 'new',
      name: 'New',
      ownerId: ana.id,
      memberIds: [ben.id],
      customerIds: [handed.id],
    }),
  },
  {
    mutation: 'createCustomer',
    of: "a colleague's",
    done: ({ ana }) => ({ externalUserId: 'new', name: 'New', kind: 'WECHAT', servedBy: ana.id }),
  },
  { mutation: 'deleteTag', of: "the successor's own", done: ({ personalTag }) => ({ tagId: personalTag }) },
  {
    mutation: 'updateTag',
    of: "the successor's own",
    done: ({ personalTag }) => ({ tagId: personalTag, name: 'changed' }),
  },
  {
    mutation: 'resignMember',
    of: 'with all that they hold',
    done: ({ ana }) => ({ memberId: ana.id, autoAssign: true }),
  },
  { mutation: 'resignMember', of: 'at a later day', done: ({ ben }) => ({ memberId: ben.id, lastDay: '2026-12-31' }) },
  {
    mutation: 'tagRelations',
    of: "the leaver's",
    done: ({ ids, leavers }) => ({ relationIds: [leavers.relation], addTagIds: [ids.Tag] }),
  },
  {
    mutation: 'tagRelations',
    of: "all of the leaver's",
    done: ({ ids, leaver }) => ({ selection: { memberId: leaver.id, filter: {} }, addTagIds: [ids.Tag] }),
  },
  {
    mutation: 'transferCustomers',
    of: 'as a dry run',
    done: ({ leaver, ben }) => ({
      leaverId: leaver.id,
      selection: { all: true },
      successorIds: [ben.id],
      dryRun: true,
    }),
  },
  { mutation: 'updateCustomer', of: "the leaver's", done: ({ kept }) => ({ customerId: kept.id, city: 'Berlin' }) },
  {
    mutation: 'updateRelation',
    of: "the leaver's",
    done: ({ leavers }) => ({ relationId: leavers.relation, remark: 'changed' }),
  },
];

/** What of a payload says that something was done, where no error is not enough. */
const saidBy: Record<string, readonly [selection: string, shown: string]> = {
  acknowledgeNotices: ['acknowledgedCount', '"acknowledgedCount":1'],
  acknowledgeNotifications: ['acknowledgedCount', '"acknowledgedCount":1'],
  recordConversation: ['archivedCount', '"archivedCount":1'],
  readConversation: ['messages { nodes { text } }', '"Hello"'],
};

async function change(mutation: string, person: { readonly token: string } | null | undefined, input: object) {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const [selection, shown] = saidBy[mutation] ?? [''];
  const { data, errors } = await baton.ask<unknown>(
    person?.token ?? null,
    `mutation ($input: ${type}) { ${mutation}(input: $input) { ${selection} userErrors { code } } }`,
    { input },
  );
  return { data, result: outcome(data, errors, shown) };
}

test('mutations change what is theirs; a refused one changes nothing', async () => {
  const rows = [...mutationRows(baton), ...further].sort((a, b) => a.mutation.localeCompare(b.mutation));
  const putElsewhereBack = await keepCompany(baton.app.db, elsewhere.company.enterpriseId);
  for (const row of rows) {
    const of = 'of' in row ? `: ${row.of}` : '';
    const outcomes = nothingYet();
    const used = await stage(row.done);
    const putBack = await keepCompany(baton.app.db, used.company.enterpriseId);
    for (const place of ['own', 'beside'] as const) {
      for (const [role] of peopleOf(place, used, elsewhere)) {
        const { result } = await change(row.mutation, used.people[place][role], used.input);
        outcomes[place][role] = result;
        if (isDone(result)) await putBack();
      }
    }

    // All who were refused once more, now that nobody else has changed anything; then the people of another company.
    const before = await everythingOf(baton, used.company.enterpriseId);
    for (const place of ['own', 'beside'] as const) {
      for (const [role, result] of Object.entries(outcomes[place]) as [Role, string][]) {
        if (isDone(result)) continue;
        const again = await change(row.mutation, used.people[place][role], used.input);
        expect(again.result, `${row.mutation} by ${role}`).toBe(result);
      }
    }
    for (const [role] of peopleOf('elsewhere', used, elsewhere)) {
      const { data, result } = await change(row.mutation, elsewhere.people.own[role], used.input);
      expect(givenAway(used.company, data, used.input), `${row.mutation} of ${role}`).toEqual([]);
      outcomes.elsewhere[role] = result === 'yes' ? 'theirs' : result;
      if (isDone(result)) await putElsewhereBack();
    }
    expect(await everythingOf(baton, used.company.enterpriseId), row.mutation).toEqual(before);
    lines[`mutation ${row.mutation}${of}`] = outcomes;
  }
});

/** Whether a call was let through: the company may be another one since. */
function isDone(result: string): boolean {
  return result === 'yes' || result === 'empty';
}

/** Inboxes are one's own: after an event for their owner, and one for the caller, the first that comes tells. */
const subscriptions: Readonly<Record<string, readonly [document: string, shows: (company: FullCompany) => string]>> = {
  assignmentNotifications: [
    'subscription { assignmentNotifications { ... on AssignmentNotification { type note } } }',
    () => '"CUSTOMERS_ASSIGNED"',
  ],
  customerNotices: ['subscription { customerNotices { ... on CustomerNotice { type } } }', () => '"COMPLETED"'],
  poolChanged: ['subscription { poolChanged { member { id } } }', ({ leaver }) => leaver.id],
  transferProgress: ['subscription ($id: ID!) { transferProgress(id: $id) { status } }', () => '"COMPLETED"'],
};

test('subscriptions push what is theirs', async () => {
  for (const [subscription, [document, shows]] of Object.entries(subscriptions)) {
    const outcomes = nothingYet();
    for (const place of places) {
      for (const [role, person] of peopleOf(place, here, elsewhere)) {
        const { enterpriseId, ana, handed, ids } = here.company;
        const stream = await openEventStream(baton, person?.token ?? null, document, { id: ids.Transfer });
        const toOwner = { enterpriseId, recipientId: (subscription === 'customerNotices' ? handed : ana).uuid };
        const isCustomer = subscription === 'customerNotices';
        await occur(baton.app.db, toOwner, {
          first: 1,
          type: isCustomer ? 'TAKEOVER_COMPLETED' : 'CUSTOMERS_ASSIGNED',
        });
        if (person) {
          const toCaller = {
            enterpriseId: (place === 'elsewhere' ? elsewhere : here).company.enterpriseId,
            recipientId: person.uuid,
          };
          await occur(baton.app.db, toCaller, {
            first: 2,
            type: isCustomer ? 'TAKEOVER_SCHEDULED' : 'CUSTOMERS_SCHEDULED',
          });
        }
        baton.app.wakeup.wake();
        const { data, errors } = await stream.next();
        await stream.close();
        outcomes[place][role] = outcome(data, errors, shows(here.company));
      }
    }
    lines[`subscription ${subscription}`] = outcomes;
  }
});

test('every field has a row, and the matrix is as it was reviewed', async () => {
  const fields = [
    ...Object.keys(schema.getQueryType()!.getFields()).map((name) => `query ${name}`),
    ...Object.keys(schema.getMutationType()!.getFields()).map((name) => `mutation ${name}`),
    ...Object.keys(schema.getSubscriptionType()!.getFields()).map((name) => `subscription ${name}`),
  ];
  expect(fields.filter((field) => !Object.keys(lines).some((line) => line.split(':')[0] === field))).toEqual([]);
  const nodes = schema.getPossibleTypes(schema.getType('Node') as never).map(({ name }) => name);
  const shown = queryRows.filter(({ query }) => query === 'node').map(({ shows }) => shows(here.company));
  expect(nodes.filter((name) => !shown.includes(`"${name}"`))).toEqual([]);

  await expect(matrix()).toMatchFileSnapshot('role-matrix.txt');
});

const explained = `Who may do what, as test/api/role-matrix.test.ts found it out. Do not edit: review what changes here.

yes     it is shown, or done              theirs  done in, or shown of, their own company alone
empty   answered, with nothing in it      A CODE  refused with it, and nothing was changed
`;

function matrix(): string {
  const titles: Record<Place, string> = {
    own: "The company's people work in the department of who asks",
    beside:
      'They work in another department than who asks, or whom their rights reach (every right and super reach all departments)',
    elsewhere: 'They work in another company than who asks',
  };
  const tables = places.map((place) => {
    const columns = roles.filter((role) =>
      Object.values(lines).some((outcomes) => outcomes[place][role] !== undefined),
    );
    const rows = [
      ['', ...columns],
      ...Object.entries(lines).map(([line, outcomes]) => [line, ...columns.map((role) => outcomes[place][role] ?? '')]),
    ];
    const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
    const text = rows.map((row) =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    );
    return `${titles[place]}\n\n${text.join('\n')}\n`;
  });
  return [explained, ...tables].join('\n');
}
