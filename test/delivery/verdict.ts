import { encodeId } from '../../src/graphql/ids.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import type { Database } from '../../src/platform/db/database.js';
import { percentile, printTable } from '../bench/figures.js';
import { brokenInvariants } from '../support/invariants.js';
import type { Company, Reader } from './company.js';
import { impatient, type Listener } from './listener.js';
import type { Sent } from './sender.js';
import type { Window } from './troubles.js';

interface Committed {
  readonly recipientId: string;
  readonly place: string;
  readonly committedAt: number;
}

/** Every event there is, by its reader, in order, with the time at which its transaction was committed. */
export async function committedEvents(db: Database): Promise<ReadonlyMap<string, readonly Committed[]>> {
  const rows = await db.query<Committed>(Prisma.sql`
    SELECT recipient_id AS "recipientId", xid || '-' || id AS place,
           (extract(epoch FROM pg_xact_commit_timestamp(xid::text::xid)) * 1000)::float8 AS "committedAt"
    FROM inbox_event ORDER BY inbox_event.xid, inbox_event.id`);
  const byReader = new Map<string, Committed[]>();
  for (const row of rows) {
    const others = byReader.get(row.recipientId);
    if (others) others.push(row);
    else byReader.set(row.recipientId, [row]);
  }
  return byReader;
}

/** Whether everybody has got as many events as there are for them. */
export async function isComplete(db: Database, listeners: readonly Listener[]): Promise<boolean> {
  const rows = await db.query<{ id: string; count: number }>(
    Prisma.sql`SELECT recipient_id AS id, count(*)::int AS count FROM inbox_event GROUP BY 1`,
  );
  const counts = new Map(rows.map(({ id, count }) => [id, count]));
  return listeners.every(({ reader, got }) => got.length >= (counts.get(reader.personId) ?? 0));
}

/** What is wrong between what was sent, what is there and what was got; empty is what the run wants. */
export async function findFaults(
  db: Database,
  companies: readonly Company[],
  listeners: readonly Listener[],
  sent: readonly Sent[],
): Promise<string[]> {
  const faults: string[] = [];
  for (const { enterpriseId } of companies) {
    for (const { rule, at } of await brokenInvariants(db, enterpriseId)) faults.push(`database: ${rule}: ${at}`);
  }
  const begun = sent.filter(({ operation }) => operation === 'transferCustomers').length;
  const there = await db.prisma.transfer.count();
  if (begun !== there) faults.push(`${begun} transfers were sent and answered, ${there} are there`);

  const events = await committedEvents(db);
  const sums = { lost: 0, repeated: 0, invented: 0, outOfOrder: 0 };
  for (const { reader, got, problems } of listeners) {
    for (const problem of problems) faults.push(`${reader.kind} ${reader.personId}: ${problem}`);
    const expected = (events.get(reader.personId) ?? []).map(({ place }) => idOf(reader, place));
    const places = new Map(expected.map((id, place) => [id, place]));
    const ids = got.map(({ id }) => id);
    const different = new Set(ids);
    sums.lost += expected.filter((id) => !different.has(id)).length;
    sums.repeated += ids.length - different.size;
    sums.invented += [...different].filter((id) => !places.has(id)).length;
    const order = ids.map((id) => places.get(id) ?? -1);
    sums.outOfOrder += order.filter((place, index) => place < (order[index - 1] ?? -1)).length;
  }
  for (const [what, count] of Object.entries(sums)) if (count > 0) faults.push(`${count} events ${what}`);
  return faults;
}

/** The id of the event at this place, as clients see it. */
export function idOf({ kind }: Reader, place: string): string {
  return encodeId(kind === 'member' ? 'AssignmentNotification' : 'CustomerNotice', place);
}

/** Those of these readers to whom the list in the API tells something else than the subscription did. */
export async function compareWithLists(url: string, listeners: readonly Listener[]): Promise<string[]> {
  const faults: string[] = [];
  for (const { reader, got } of listeners) {
    const list = reader.kind === 'member' ? 'assignmentNotifications' : 'customerNotices';
    const ids: string[] = [];
    for (let after: string | null = null, more = true; more;) {
      const response = await impatient(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${reader.token}` },
        body: JSON.stringify({
          query: `query ($after: String) { list: ${list}(after: $after, first: 100) { pageInfo { hasNextPage } nodes { id cursor } } }`,
          variables: { after },
        }),
      });
      const { data } = (await response.json()) as {
        data: { list: { pageInfo: { hasNextPage: boolean }; nodes: { id: string; cursor: string }[] } };
      };
      ids.push(...data.list.nodes.map(({ id }) => id));
      more = data.list.pageInfo.hasNextPage;
      after = data.list.nodes.at(-1)?.cursor ?? null;
    }
    if (ids.join() !== got.map(({ id }) => id).join()) {
      faults.push(`${reader.kind} ${reader.personId}: the list tells of ${ids.length} events, ${got.length} were got`);
    }
  }
  return faults;
}

/** From commit to receipt, by what was going on meanwhile; prints them and answers what took longer than it may. */
export async function judgeLatency(
  db: Database,
  listeners: readonly Listener[],
  windows: readonly Window[],
): Promise<string[]> {
  const events = await committedEvents(db);
  const delays = new Map<string, number[]>();
  for (const { reader, got, away } of listeners) {
    const committed = new Map((events.get(reader.personId) ?? []).map((one) => [idOf(reader, one.place), one]));
    for (const { id, at } of got) {
      const from = committed.get(id)?.committedAt;
      if (from === undefined) continue;
      const during = (one: { from: number; to: number }) => one.from <= at && from <= one.to;
      const name = away.some(during) ? awayName : (windows.find(during)?.trouble ?? 'calm');
      const known = delays.get(name);
      if (known) known.push(at - from);
      else delays.set(name, [at - from]);
    }
  }
  const figures = [...delays].map(([name, list]) => ({
    name,
    count: list.length,
    median: percentile(list, 0.5),
    p99: percentile(list, 0.99),
    longest: list.reduce((most, delay) => Math.max(most, delay), 0),
  }));
  printTable([
    ['from commit to receipt, ms', 'events', 'median', 'p99', 'longest'],
    ...figures
      .sort((a, b) => a.longest - b.longest)
      .map(({ name, count, median, p99, longest }) => [
        name,
        count.toLocaleString('en'),
        median.toFixed(0),
        p99.toFixed(0),
        longest.toFixed(0),
      ]),
  ]);
  // How late things are on this machine though nothing is wrong: others may be busy on it.
  const usual = figures.find(({ name }) => name === 'calm')?.p99 ?? 0;
  const most = pollMs + Math.max(leastSlackMs, 2 * usual);
  return figures
    .filter(({ name, longest }) => /^Redis/.test(name) && longest > most)
    .map(
      ({ name, longest }) => `${name}: an event took ${longest.toFixed(0)} ms, at most ${most.toFixed(0)} are allowed`,
    );
}

const awayName = "the reader's own line broken";
/** Where wake-ups are all that is missing, the poll bounds how late an event is; the rest is what a look takes. */
const pollMs = 2_000;
const leastSlackMs = 1_000;
