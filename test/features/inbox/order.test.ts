import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import { createInboxFeed } from '../../../src/features/inbox/inbox-feed.js';
import { readHorizon, type Recipient } from '../../../src/features/inbox/inbox.store.js';
import { createLogger } from '../../../src/platform/log.js';
import { createLocalWakeup } from '../../../src/platform/wakeup/local-wakeup.js';
import { openTestDatabase } from '../../support/database.js';
import { nameOf, someRecipient, takeOne } from './inbox-seed.js';

const { db, url } = await openTestDatabase();
const log = createLogger({ level: 'silent' });

const writers = 16;
/** Each with a reader of its own over the database, as so many servers have. */
const instances = Array.from({ length: 4 }, () => {
  const app = { db, log, wakeup: createLocalWakeup(log) };
  return { app, feed: createInboxFeed(app) };
});
const end = 'end';

/** One way to read an inbox from now on: what it gave, in its order, once it gave the end. */
type Reading = (recipient: Recipient, instance: (typeof instances)[number]) => Promise<() => Promise<string[]>>;

const byProduct: Reading = async (recipient, { app, feed }) => {
  const { epoch, xid } = await readHorizon(app);
  const deliveries = await feed.follow(recipient, { epoch, position: { xid, id: 0n } });
  return async () => {
    const got: string[] = [];
    while (got.at(-1) !== end) got.push(nameOf(await takeOne(deliveries)));
    await deliveries.return?.();
    return got;
  };
};

/** What nobody may ever write: numbers are drawn at insert, and rows appear at commit. */
const byHighestNumber: Reading = async (recipient) => {
  const client = await connect();
  return async () => {
    const got: string[] = [];
    for (let seen = '0'; got.at(-1) !== end; await sleep(2)) {
      const { rows } = await client.query<{ id: string; note: string }>(
        `SELECT e.id, f.note FROM inbox_event e JOIN fact f ON f.id = e.fact_id
         WHERE e.recipient_id = $1 AND e.id > $2 ORDER BY e.id LIMIT 1000`,
        [recipient.recipientId, seen],
      );
      for (const { id, note } of rows) [seen] = [id, got.push(note)];
    }
    await client.end();
    return got;
  };
};

async function connect(): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  return client;
}

/** Records so many events for one recipient, named after the writer and numbered on from `first`. */
async function insert(client: pg.Client, recipient: Recipient, name: string, first: number, count: number) {
  await client.query(
    `WITH happened AS (
       INSERT INTO fact (id, enterprise_id, type, occurred_at, note)
       SELECT gen_random_uuid(), $1, 'CustomersAssigned', now(), $3 || ' ' || n
       FROM generate_series($4::int, $4::int + $5::int - 1) n RETURNING id, note)
     INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
     SELECT $1, $2, 'CUSTOMERS_ASSIGNED', id FROM happened ORDER BY split_part(note, ' ', 2)::int`,
    [recipient.enterpriseId, recipient.recipientId, name, first, count],
  );
}

/** One writer: transactions of some events for some of the recipients, each held open for a while before its commit. */
async function write(name: string, recipients: readonly Recipient[], total: number): Promise<void> {
  const client = await connect();
  for (let written = 0; written < total;) {
    await client.query('BEGIN');
    for (const recipient of recipients) {
      const count = Math.min(Math.floor(Math.random() * 11), total - written);
      if (count > 0) await insert(client, recipient, name, written + 1, count);
      written += count;
    }
    await sleep(Math.random() * 15);
    await client.query('COMMIT');
    for (const { app } of instances) app.wakeup.wake();
  }
  await client.end();
}

/** Runs 16 writers against 16 readers, four of each inbox, and compares what these got with what is there. */
async function race(events: number, read: Reading) {
  const recipients = Array.from({ length: 4 }, someRecipient);
  const readers = await Promise.all(
    recipients.flatMap((recipient) =>
      instances.map(async (instance) => ({ recipient, read: await read(recipient, instance) })),
    ),
  );
  const reading = Promise.all(readers.map(async (reader) => ({ ...reader, got: await reader.read() })));

  await Promise.all(Array.from({ length: writers }, (_, n) => write(`w${n}`, recipients, events / writers)));
  const client = await connect();
  for (const recipient of recipients) {
    const fact = `INSERT INTO fact (id, enterprise_id, type, occurred_at, note) VALUES (gen_random_uuid(), $1, 'CustomersAssigned', now(), '${end}') RETURNING id`;
    await client.query(
      `WITH happened AS (${fact}) INSERT INTO inbox_event (enterprise_id, recipient_id, type, fact_id)
       SELECT $1, $2, 'CUSTOMERS_ASSIGNED', id FROM happened`,
      [recipient.enterpriseId, recipient.recipientId],
    );
  }
  for (const { app } of instances) app.wakeup.wake();

  const verdict = { delivered: 0, lost: 0, repeated: 0, outOfOrder: 0 };
  for (const { recipient, got } of await reading) {
    const { rows } = await client.query<{ note: string }>(
      'SELECT f.note FROM inbox_event e JOIN fact f ON f.id = e.fact_id WHERE e.recipient_id = $1 ORDER BY e.xid, e.id',
      [recipient.recipientId],
    );
    const places = new Map(rows.map(({ note }, place) => [note, place]));
    const order = got.map((note) => places.get(note) ?? NaN);
    verdict.delivered += new Set(got).size - 1;
    verdict.lost += rows.length - new Set(got).size;
    verdict.repeated += got.length - new Set(got).size;
    verdict.outOfOrder += order.filter((place, index) => index > 0 && !(place > (order[index - 1] ?? NaN))).length;
    // Whatever the order of the commits, each writer's own events come in the order in which it wrote them.
    const last = new Map<string, number>();
    for (const note of got) {
      const [writer = '', number] = note.split(' ');
      if (Number(number) < (last.get(writer) ?? 0)) verdict.outOfOrder++;
      last.set(writer, Number(number));
    }
  }
  await client.end();
  return verdict;
}

// PGlite has one connection: there nothing is ever committed late.
describe.runIf(url)('16 writers that hold their transactions at random before the commit, 16 readers', () => {
  test('of 100,000 events none is lost, repeated or out of order for anybody', { timeout: 180_000 }, async () => {
    expect(await race(100_000, byProduct)).toEqual({ delivered: 400_000, lost: 0, repeated: 0, outOfOrder: 0 });
    for (const { feed } of instances) expect(feed.size).toBe(0);
  });

  test('a cursor that keeps the highest number it saw would lose events: this race shows it', async () => {
    const { lost } = await race(8_000, byHighestNumber);

    expect(lost).toBeGreaterThan(0);
  });
});
