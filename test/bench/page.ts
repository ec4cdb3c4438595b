/**
 * How fast a leaver's first 50 customers are served over HTTP, 32 clients at a time, as a ratio to a bare node:http server with one
 * prepared statement; and the same with the count of all 100,000. Servers and load in processes of their own, in turn.
 *
 *     npm run bench:page [-- --rounds 5 --seconds 4]      NODE_FLAGS="--cpu-prof" profiles the server
 */
import { parseArgs } from 'node:util';
import autocannon from 'autocannon';
import { loadBaseline, loadCompany } from './company.js';
import { BenchDatabases } from './databases.js';
import { median, printTable, runBenchmark } from './figures.js';
import { buildProduct, cpuOf, startProduct, startServer } from './product.js';

const connections = 32;
const goals = { page: 0.6, count: 5 };

const { values: options } = parseArgs({
  options: { rounds: { type: 'string', default: '5' }, seconds: { type: 'string', default: '4' } },
});

const documentOf = (count: string) => `query Page {
  member(userId: "member-1") {
    id
    name
    customers(first: 50) {
      ${count}
      nodes { id remark addedAt customer { id name city } tags { id name } }
    }
  }
}`;

/** What one load came to: requests per second, and the times of the answers in milliseconds. */
interface Load {
  readonly rate: number;
  readonly p99: number;
  /** CPU of the server's process for each request; what the database uses comes on top. */
  readonly cpu: number;
}

/** A server under load. */
interface Candidate {
  readonly name: string;
  readonly pid: number;
  readonly request: { url: string; method?: 'POST'; headers?: Record<string, string>; body?: string };
  readonly loads: Load[];
}

async function load({ request, pid }: Candidate, seconds: number): Promise<Load> {
  const before = cpuOf(pid);
  const result = await autocannon({ ...request, connections, duration: seconds });
  if (result.errors > 0 || result.non2xx > 0) throw new Error(`${result.errors + result.non2xx} requests failed.`);
  return {
    rate: result.requests.total / result.duration,
    p99: result.latency.p99,
    cpu: (cpuOf(pid) - before) / result.requests.total,
  };
}

/** The answer, checked to be the page that all candidates serve. */
async function check({ name, request }: Candidate): Promise<void> {
  const { url, ...init } = request;
  const answer = (await (await fetch(url, init)).json()) as {
    data?: { member?: { customers: { totalCount?: number; nodes: { tags: unknown[] }[] } } };
  };
  const customers = answer.data?.member?.customers;
  if (customers?.nodes.length !== 50 || customers.nodes[0]?.tags.length !== 3) {
    throw new Error(`${name} answers something else: ${JSON.stringify(answer).slice(0, 500)}`);
  }
  if (name.endsWith('count') && customers.totalCount !== 100_000) throw new Error(`${name} counts wrongly.`);
}

const databases = await BenchDatabases.open();

async function measure(): Promise<void> {
  console.log('Building the server, loading the companies ...');
  await buildProduct();
  const [baseUrl, companyUrl] = [await databases.create('baseline'), await databases.create('company')];
  await loadBaseline(baseUrl);
  await loadCompany(companyUrl, { customers: 300_000, held: [100_000] });
  await databases.checkpoint();

  await using bare = await startServer(['--import', 'tsx', 'test/bench/page-bare.ts'], { DATABASE_URL: baseUrl });
  await using product = await startProduct(companyUrl, { RUNNER: 'false' });
  const ask = (count: string) => ({
    ...{ url: `${product.url}/graphql`, method: 'POST' as const },
    headers: { 'content-type': 'application/json', authorization: `Bearer ${product.token}` },
    body: JSON.stringify({ query: documentOf(count) }),
  });
  const candidates = {
    bare: { name: 'bare', pid: bare.pid, request: { url: `${bare.url}/page` }, loads: [] as Load[] },
    product: { name: 'product', pid: product.pid, request: ask(''), loads: [] as Load[] },
    bareCounted: {
      name: 'bare with count',
      pid: bare.pid,
      request: { url: `${bare.url}/counted` },
      loads: [] as Load[],
    },
    productCounted: { name: 'product with count', pid: product.pid, request: ask('totalCount'), loads: [] as Load[] },
  };
  const all = Object.values(candidates);
  for (const candidate of all) {
    await check(candidate);
    await load(candidate, 2);
  }
  for (let round = 0; round < Number(options.rounds); round++) {
    for (const candidate of all) candidate.loads.push(await load(candidate, Number(options.seconds)));
  }

  const rateOf = ({ loads }: Candidate) => median(loads.map(({ rate }) => rate));
  printTable([
    ['server', 'requests per second', 'p99', 'CPU of node each'],
    ...all.map(({ name, loads }) => [
      name,
      median(loads.map(({ rate }) => rate)).toFixed(0),
      `${median(loads.map(({ p99 }) => p99)).toFixed(0)} ms`,
      `${median(loads.map(({ cpu }) => cpu)).toFixed(2)} ms`,
    ]),
  ]);
  const page = rateOf(candidates.product) / rateOf(candidates.bare);
  const count = rateOf(candidates.productCounted) / rateOf(candidates.bareCounted);
  console.log(
    `bench:page ratio ${page.toFixed(2)} (goal ${goals.page.toFixed(2)}), with totalCount ${count.toFixed(2)} (goal ${goals.count}), ` +
      `medians of ${options.rounds} rounds`,
  );
}

await runBenchmark(measure, () => databases[Symbol.asyncDispose]());
