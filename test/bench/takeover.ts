/**
 * How fast customers are handed over: from the answer of `transferCustomers` to the last customer taken over, over HTTP against a
 * server of its own, as a ratio to one bare SQL statement with the same effects, which runs in turn with it.
 *
 *     npm run bench:takeover [-- --sizes 1000,10000 --rounds 1]
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { encodeId } from '../../src/graphql/ids.js';
import { baselineSql, company, loadBaseline, loadCompany } from './company.js';
import { BenchDatabases, connected } from './databases.js';
import { median, percentile, printTable, runBenchmark } from './figures.js';
import { buildProduct, startProduct, type Product } from './product.js';

/** The size that the ratio is taken at: what the baseline's data holds. */
const compared = 100_000;
const successors = 5;

const { values: options } = parseArgs({
  options: {
    sizes: { type: 'string', default: '1000,10000,100000,1000000' },
    rounds: { type: 'string', default: '3' },
  },
});
const sizes = options.sizes.split(',').map(Number);
const rounds = Number(options.rounds);

/** What one handover took, in seconds and MB. */
interface Takeover {
  readonly size: number;
  readonly submitted: number;
  readonly seconds: number;
  readonly grown: number;
}

/** Hands over all that one leaver holds, and waits for the end. */
async function handOver(product: Product, leaver: number, size: number): Promise<Takeover> {
  product.resetPeak();
  const before = product.memory().now;
  const submitting = performance.now();
  const { transferCustomers } = await product.ask<{
    transferCustomers: { transfer: { id: string } | null; userErrors: { message: string }[] };
  }>(
    `mutation ($input: TransferCustomersInput!) {
      transferCustomers(input: $input) { transfer { id } userErrors { message } }
    }`,
    {
      input: {
        leaverId: encodeId('Member', company.memberId(leaver)),
        selection: { all: true },
        successorIds: Array.from({ length: successors }, (_, index) =>
          encodeId('Member', company.memberId(100 + index)),
        ),
        note: 'left',
      },
    },
  );
  const answered = performance.now();
  if (!transferCustomers.transfer)
    throw new Error(transferCustomers.userErrors.map(({ message }) => message).join(' '));
  const { id } = transferCustomers.transfer;
  for (;;) {
    const { transfer } = await product.ask<{ transfer: { finishedAt: string | null; counts: { completed: number } } }>(
      'query ($id: ID!) { transfer(id: $id) { finishedAt counts { completed } } }',
      { id },
    );
    if (transfer.finishedAt !== null) {
      const { completed } = transfer.counts;
      if (completed !== size) throw new Error(`${completed} of ${size} customers were handed over.`);
      break;
    }
    await sleep(Math.min(20, size / 1000));
  }
  return {
    size,
    submitted: (answered - submitting) / 1000,
    seconds: (performance.now() - answered) / 1000,
    grown: product.memory().peak - before,
  };
}

async function askSmall(product: Product): Promise<void> {
  await product.ask('{ enterprise { name } }');
}

/** Asks something small every 20 ms, whether or not the last one was answered, until told to stop. In milliseconds. */
function askOnAndOn(product: Product): () => Promise<number[]> {
  const asked: Promise<number>[] = [];
  const timer = setInterval(() => {
    const start = performance.now();
    asked.push(askSmall(product).then(() => performance.now() - start));
  }, 20);
  return () => {
    clearInterval(timer);
    return Promise.all(asked);
  };
}

async function runBaseline(url: string): Promise<number> {
  const sql = await baselineSql('takeover');
  return connected(url, async (client) => {
    const { rows } = await client.query<{ id: string }>(
      "INSERT INTO transfer (handover_member_id, created_by, note) VALUES (1, 7, 'left') RETURNING id",
    );
    const start = performance.now();
    const result = await client.query<{ n: number }>(sql, [1, rows[0]?.id, [10, 20, 30, 40, 50], null, 0]);
    if (result.rows[0]?.n !== compared) throw new Error('The baseline moved another number of rows.');
    return (performance.now() - start) / 1000;
  });
}

const databases = await BenchDatabases.open();

async function measure(): Promise<void> {
  console.log('Building the server, loading the companies ...');
  await buildProduct();
  const small = sizes.filter((size) => size <= compared);
  const templates = new Map<number, { url: string; leaver: number }>();
  if (small.length > 0) {
    const url = await databases.create('company');
    await loadCompany(url, { customers: 3 * compared, held: small });
    small.forEach((size, index) => templates.set(size, { url, leaver: index + 1 }));
  }
  const baseline = sizes.includes(compared) ? await databases.create('baseline') : null;
  if (baseline !== null) await loadBaseline(baseline);

  const inCopy = async <Result>(template: string, work: (url: string) => Promise<Result>): Promise<Result> => {
    const url = await databases.create('round', template);
    await databases.checkpoint();
    const result = await work(url);
    await databases.drop(url);
    return result;
  };
  const takeOver = (size: number, asking = false) =>
    inCopy(templates.get(size)?.url ?? '', async (url) => {
      await using product = await startProduct(url);
      // A process that has just started answers its first requests slowly, whatever else it does.
      for (let time = 0; time < 100; time++) await askSmall(product);
      const stop = asking ? askOnAndOn(product) : async () => [];
      const takeover = await handOver(product, templates.get(size)?.leaver ?? 0, size);
      return { ...takeover, asked: await stop() };
    });

  const bare: number[] = [];
  const ours: Takeover[] = [];
  let asked: number[] = [];
  if (baseline !== null) {
    for (let round = 1; round <= rounds; round++) {
      bare.push(await inCopy(baseline, runBaseline));
      const takeover = await takeOver(compared);
      ours.push(takeover);
      console.log(`round ${round}: bare ${bare.at(-1)?.toFixed(2)} s, product ${takeover.seconds.toFixed(2)} s`);
    }
    asked = (await takeOver(compared, true)).asked;
    await databases.drop(baseline);
  }

  const once: Takeover[] = [];
  for (const size of small) if (size !== compared) once.push(await takeOver(size));
  for (const size of sizes.filter((each) => each > compared)) {
    const url = await databases.create(`company_${size}`);
    await loadCompany(url, { customers: 1.2 * size, held: [size] });
    templates.set(size, { url, leaver: 1 });
    once.push(await takeOver(size));
    await databases.drop(url);
  }

  const middle = {
    size: compared,
    submitted: median(ours.map(({ submitted }) => submitted)),
    seconds: median(ours.map(({ seconds }) => seconds)),
    grown: Math.max(...ours.map(({ grown }) => grown)),
  };
  const all = [...once, ...(ours.length > 0 ? [middle] : [])].sort((a, b) => a.size - b.size);
  printTable([
    ['customers', 'submitted in', 'taken over in', 'each', "server's memory grew by"],
    ...all.map(({ size, submitted, seconds, grown }) => [
      size.toLocaleString('en'),
      `${submitted.toFixed(2)} s`,
      `${seconds.toFixed(2)} s`,
      `${((seconds / size) * 1e6).toFixed(0)} µs`,
      `${grown.toFixed(0)} MB`,
    ]),
  ]);
  if (ours.length === 0) return;
  const ratio = median(bare) / middle.seconds;
  const slow = percentile(asked, 0.99);
  console.log(
    `While ${compared.toLocaleString('en')} ran, ${asked.length} other requests answered in ` +
      `${percentile(asked, 0.5).toFixed(0)} ms (median), ${slow.toFixed(0)} ms (p99; limit 300).`,
  );
  console.log(
    `bench:takeover ratio ${ratio.toFixed(2)} (bare statement ${median(bare).toFixed(2)} s, product ${middle.seconds.toFixed(2)} s ` +
      `for ${compared.toLocaleString('en')} customers, medians of ${rounds})`,
  );
}

await runBenchmark(measure, () => databases[Symbol.asyncDispose]());
