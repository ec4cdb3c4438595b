/**
 * How fast 100,000 customers are planned by 20 rules over 50 successors: `previewTransfer` over HTTP against a server of its own, as
 * a ratio to the SELECT part of the bare takeover statement, which runs in turn with it. The rules ask about everything that a rule can,
 * and share in every way there is.
 *
 *     npm run bench:plan [-- --customers 10000 --rounds 5]
 */
import { parseArgs } from 'node:util';
import { encodeId } from '../../src/graphql/ids.js';
import { baselineSql, company, loadBaseline, loadCompany } from './company.js';
import { BenchDatabases, connected } from './databases.js';
import { median, printTable, runBenchmark } from './figures.js';
import { buildProduct, startProduct, type Product } from './product.js';

const { values: options } = parseArgs({
  options: { customers: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '7' } },
});
const customers = Number(options.customers);
const rounds = Number(options.rounds);
/** The most that a plan may take of the bare statement's time. */
const limit = 3;
const successors = Array.from({ length: 50 }, (_, place) => encodeId('Member', company.memberId(100 + place)));
const strategies = ['EVEN', 'LEAST_LOADED', 'WEIGHTED', 'STICKY', 'MATCHING'] as const;

/** What the rules ask, one after the other; the last but one holds for most, and the default for who is left. */
const conditions: readonly object[] = [
  ...[1, 2, 3, 4].map((tag) => ({ tags: { anyOf: [company.tagId(tag)] } })),
  ...[5, 6].map((tag) => ({ tags: { allOf: [company.tagId(tag), company.tagId(tag + 13)] } })),
  ...['Shanghai', 'Beijing'].map((city) => ({ city: { eq: city }, businessType: { eq: 'retail' } })),
  ...['Shenzhen', 'Chengdu'].map((city) => ({ city: { eq: city }, not: { businessType: { eq: 'industry' } } })),
  ...['wholesale', 'services'].map((businessType) => ({
    businessType: { eq: businessType },
    city: { in: ['Wuhan', 'Hangzhou'] },
  })),
  { addedAt: { after: '2024-01-01T00:00:00Z', before: '2024-01-15T00:00:00Z' } },
  { addedAt: { olderThanDays: 800 }, city: { eq: 'Wuhan' } },
  { lastMessageAt: { withinDays: 30 } },
  { or: [{ city: { eq: 'Hangzhou' } }, { tags: { anyOf: [company.tagId(20)] } }] },
  { and: [{ businessType: { eq: 'industry' } }, { not: { city: { eq: 'Beijing' } } }] },
  { tags: { noneOf: [company.tagId(30), company.tagId(31)] }, city: { eq: 'Beijing' } },
  { tags: { noneOf: [company.tagId(40)] } },
];

async function makeRules(product: Product): Promise<void> {
  const pool = (place: number) =>
    Array.from({ length: 10 }, (_, index) => ({
      memberId: successors[(place * 5 + index) % successors.length],
      weight: 1 + (index % 3),
    }));
  for (const [place, condition] of conditions.entries()) {
    await made(product, 'createAssignmentRule', {
      name: `Rule ${place + 1}`,
      condition: { customers: condition },
      strategy: strategies[place % strategies.length],
      successors: pool(place),
    });
  }
  await made(product, 'setDefaultAssignment', { strategy: 'EVEN', successors: pool(conditions.length) });
}

async function made(product: Product, mutation: string, input: object): Promise<void> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const answer = await product.ask<Record<string, { userErrors: { message: string }[] }>>(
    `mutation ($input: ${type}) { ${mutation}(input: $input) { userErrors { message } } }`,
    { input },
  );
  const [refused] = answer[mutation]?.userErrors ?? [];
  if (refused) throw new Error(refused.message);
}

interface Plan {
  readonly total: number;
  readonly accepted: number;
  readonly rules: readonly { readonly name: string; readonly strategy: string; readonly assigned: number }[];
  readonly successors: readonly { readonly assigned: number }[];
}

async function planByProduct(product: Product): Promise<{ taken: number; plan: Plan }> {
  const start = performance.now();
  const { previewTransfer } = await product.ask<{ previewTransfer: { preview: Plan | null } }>(
    `query ($input: PreviewTransferInput!) { previewTransfer(input: $input) {
      preview { total accepted digest rules { name strategy assigned } successors { assigned } } } }`,
    { input: { leaverId: encodeId('Member', company.memberId(1)), selection: { all: true }, byRules: true } },
  );
  const taken = performance.now() - start;
  const { preview } = previewTransfer;
  if (preview?.accepted !== customers) throw new Error('The plan does not have everybody.');
  return { taken, plan: preview };
}

async function planBare(url: string): Promise<number> {
  const sql = await baselineSql('plan');
  return connected(url, async (client) => {
    await client.query('BEGIN');
    const start = performance.now();
    const { rows } = await client.query<{ customers: number }>(sql, [1, [100, 101, 102, 103, 104]]);
    const taken = performance.now() - start;
    await client.query('ROLLBACK');
    if (rows.reduce((sum, row) => sum + row.customers, 0) !== 100_000) throw new Error('The bare plan lost somebody.');
    return taken;
  });
}

const databases = await BenchDatabases.open();

await runBenchmark(
  async () => {
    console.log('Building the server, loading the company ...');
    await buildProduct();
    const [url, bareUrl] = [await databases.create('plan'), await databases.create('plan_bare')];
    await loadCompany(url, { customers: 3 * customers, held: [customers] });
    await loadBaseline(bareUrl);
    await using product = await startProduct(url);
    await makeRules(product);
    const { plan } = await planByProduct(product);
    printTable([
      ['rule', 'strategy', 'customers'],
      ...plan.rules.map(({ name, strategy, assigned }) => [name, strategy, assigned.toLocaleString('en')]),
    ]);
    const [bare, ours]: [number[], number[]] = [[], []];
    for (let round = 0; round < rounds; round++) {
      bare.push(await planBare(bareUrl));
      ours.push((await planByProduct(product)).taken);
    }
    const ratio = median(ours) / median(bare);
    console.log(
      `bench:plan ratio ${ratio.toFixed(2)} (limit ${limit}): ${customers.toLocaleString('en')} customers, ${plan.rules.length} rules, ` +
        `${plan.successors.length} successors in ${median(ours).toFixed(0)} ms; the bare SELECT ${median(bare).toFixed(0)} ms; medians of ${rounds}`,
    );
    if (ratio > limit) process.exitCode = 1;
  },
  () => databases[Symbol.asyncDispose](),
);
