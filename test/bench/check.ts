/**
 * How fast a handover of 100,000 customers is checked: `transferCustomers` with `dryRun`, over HTTP against a server of its own, as a
 * ratio to the bare SQL that such a check cannot do without, which runs in turn with it. Both kinds: ON_JOB also looks each
 * customer's history up.
 *
 *     npm run bench:check [-- --customers 10000 --rounds 5]
 */
import { parseArgs } from 'node:util';
import { encodeId } from '../../src/graphql/ids.js';
import { baselineSql, company, loadCompany } from './company.js';
import { BenchDatabases, connected } from './databases.js';
import { median, printTable, runBenchmark } from './figures.js';
import { buildProduct, startProduct, type Product } from './product.js';

const { values: options } = parseArgs({
  options: { customers: { type: 'string', default: '100000' }, rounds: { type: 'string', default: '7' } },
});
const customers = Number(options.customers);
const rounds = Number(options.rounds);
const successors = 5;
/** The most that a check may take of the bare statement's time. */
const limit = 3;

const kinds = ['RESIGNED', 'ON_JOB'] as const;
type Kind = (typeof kinds)[number];
// The company's leavers: the first has left, the second is here and holds as many.
const leaverOf = (kind: Kind) => company.memberId(kind === 'RESIGNED' ? 1 : 2);

async function checkByProduct(product: Product, kind: Kind): Promise<number> {
  const start = performance.now();
  const { transferCustomers } = await product.ask<{ transferCustomers: { preview: { accepted: number } | null } }>(
    `mutation ($input: TransferCustomersInput!) { transferCustomers(input: $input) { preview { accepted } } }`,
    {
      input: {
        kind,
        leaverId: encodeId('Member', leaverOf(kind)),
        selection: { all: true },
        successorIds: Array.from({ length: successors }, (_, place) =>
          encodeId('Member', company.memberId(100 + place)),
        ),
        dryRun: true,
      },
    },
  );
  const taken = performance.now() - start;
  if (transferCustomers.preview?.accepted !== customers) throw new Error('The check did not accept everybody.');
  return taken;
}

async function checkBare(url: string, kind: Kind): Promise<number> {
  const sql = await baselineSql('validation');
  return connected(url, async (client) => {
    const start = performance.now();
    const { rows } = await client.query<{ reason: string | null; count: string }>(sql, [
      leaverOf(kind),
      company.enterpriseId,
      kind === 'ON_JOB',
      successors,
      customers,
    ]);
    const taken = performance.now() - start;
    const accepted = rows.filter(({ reason }) => reason === null).reduce((sum, { count }) => sum + Number(count), 0);
    if (accepted !== customers) throw new Error('The bare statement did not accept everybody.');
    return taken;
  });
}

const databases = await BenchDatabases.open();

await runBenchmark(
  async () => {
    console.log('Building the server, loading the company ...');
    await buildProduct();
    const url = await databases.create('check');
    await loadCompany(url, { customers: 3 * customers, held: [customers, customers] });
    // The second of them is still here.
    await connected(url, (client) =>
      client.query(`UPDATE member SET status = 'ACTIVE', resigned_at = NULL WHERE id = $1`, [leaverOf('ON_JOB')]),
    );
    await using product = await startProduct(url);
    const rows: string[][] = [['kind', 'bare statement', 'check over HTTP', 'ratio']];
    const ratios: number[] = [];
    for (const kind of kinds) {
      await checkByProduct(product, kind);
      const [bare, ours]: [number[], number[]] = [[], []];
      for (let round = 0; round < rounds; round++) {
        bare.push(await checkBare(url, kind));
        ours.push(await checkByProduct(product, kind));
      }
      const ratio = median(ours) / median(bare);
      ratios.push(ratio);
      rows.push([kind, `${median(bare).toFixed(0)} ms`, `${median(ours).toFixed(0)} ms`, ratio.toFixed(2)]);
    }
    printTable(rows);
    const worst = Math.max(...ratios);
    console.log(
      `bench:check ratio ${worst.toFixed(2)} (limit ${limit}) for ${customers.toLocaleString('en')} customers, medians of ${rounds}`,
    );
    if (worst > limit) process.exitCode = 1;
  },
  () => databases[Symbol.asyncDispose](),
);
