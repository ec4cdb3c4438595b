import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { encodeId } from '../../src/graphql/ids.js';
import { applyMigrations } from '../../src/platform/db/migrate.js';
import { openDatabase } from '../../src/platform/db/database.js';
import { createLogger } from '../../src/platform/log.js';
import { connected } from './databases.js';

/** A company in the product's tables, as large as the baseline's: rows by their number. */
export const company = {
  enterpriseId: uuidOf(0, 1),
  administratorId: uuidOf(1, 200),
  memberId: (number: number) => uuidOf(1, number),
  customerId: (number: number) => uuidOf(2, number),
  tagId: (number: number) => encodeId('Tag', uuidOf(5, number)),
};

/** The id of row `number` of a kind. Ids grow with their rows, as those that the product gives. */
function uuidOf(kind: number, number: number): string {
  return `01930000-000${kind}-7000-8000-${number.toString(16).padStart(12, '0')}`;
}

/** A statement of the baselines, as it stands in `sql/`. */
export async function baselineSql(name: 'data' | 'takeover' | 'page' | 'validation' | 'plan'): Promise<string> {
  return readFile(new URL(`sql/baseline-${name}.sql`, import.meta.url), 'utf8');
}

/** Loads the baseline's tables into an empty database. */
export async function loadBaseline(url: string): Promise<void> {
  const sql = await baselineSql('data');
  await connected(url, async (client) => {
    // One at a time: VACUUM refuses to be one of several.
    for (const statement of sql.replace(/^--.*$/gm, '').split(/;\s*\n/)) {
      if (statement.trim() !== '') await client.query(statement);
    }
  });
}

/**
 * Loads a company of 200 members, 60 tags, and so many customers with a relation and three tags each, into an empty
 * database. Members 1, 2, … have left and hold what `held` says; the others share the rest. The last one is administrator.
 */
export async function loadCompany(url: string, size: { customers: number; held: readonly number[] }): Promise<void> {
  {
    await using db = await openDatabase({ url, log: createLogger({ level: 'error' }) });
    await applyMigrations(db);
  }
  await connected(url, (client) => insertCompany(client, size));
}

async function insertCompany(client: pg.Client, { customers, held }: { customers: number; held: readonly number[] }) {
  const e = `'${company.enterpriseId}'::uuid`;
  const id = (kind: number, number: string) =>
    `('01930000-000${kind}-7000-8000-' || lpad(to_hex(${number}), 12, '0'))::uuid`;
  const tagOf = (relation: string) => id(5, `1 + (${relation}::bigint * 7 + k * 13) % 60`);
  const leavers = held.length;
  const taken = held.reduce((sum, count) => sum + count, 0);
  let first = 0;
  const holders = held.map((count, index) => `WHEN turn < ${(first += count)} THEN ${index + 1}`).join(' ');
  // The rows satisfy the foreign keys and the triggers by construction; checking two million of them would take longer than all
  // the rest.
  await client.query('SET session_replication_role = replica');
  await client.query(`
    INSERT INTO enterprise (id, key, name, created_at, wait_hours, customer_limit)
    VALUES (${e}, 'bench', 'Bench', now(), 0, 100000000);
    INSERT INTO member (id, enterprise_id, user_id, name, mobile, status, resigned_at, created_at)
    SELECT ${id(1, 'i')}, ${e}, 'member-' || i, 'Member ' || i, '+86 ' || i,
           CASE WHEN i <= ${leavers} THEN 'RESIGNED' ELSE 'ACTIVE' END::"MemberStatus",
           CASE WHEN i <= ${leavers} THEN now() END, now() FROM generate_series(1, 200) i;
    INSERT INTO administrator (member_id, enterprise_id, role, created_at)
    VALUES ('${company.administratorId}', ${e}, 'SUPER', now());
    INSERT INTO customer (id, enterprise_id, external_user_id, name, kind, city, business_type, created_at)
    SELECT ${id(2, 'i')}, ${e}, 'external-' || i, 'Customer ' || i, 'WECHAT',
           (ARRAY['Shanghai','Beijing','Shenzhen','Chengdu','Wuhan','Hangzhou'])[1 + i % 6],
           (ARRAY['retail','wholesale','services','industry'])[1 + i % 4], now() FROM generate_series(1, ${customers}) i;
    -- 7919 shares no divisor with the sizes used here: turn goes through all numbers, and everybody's rows lie spread.
    INSERT INTO relation (id, enterprise_id, member_id, customer_id, remark, added_at, corp_tag_ids)
    SELECT ${id(3, 'i')}, ${e},
           ${id(1, `CASE ${holders} WHEN turn >= ${taken} THEN ${leavers} + 1 + turn % ${200 - leavers} END`)},
           ${id(2, 'i')}, 'remark for customer ' || i, timestamptz '2024-01-01' + i * interval '1 minute',
           ARRAY(SELECT ${tagOf('i')} FROM generate_series(0, 2) k ORDER BY 1)
    FROM (SELECT i, (i::bigint * 7919 % ${customers})::int AS turn FROM generate_series(1, ${customers}) i) rows;
    INSERT INTO tag_group (id, enterprise_id, name) VALUES (${id(4, '1')}, ${e}, 'Tags');
    INSERT INTO tag (id, enterprise_id, kind, name, group_id)
    SELECT ${id(5, 'i')}, ${e}, 'CORP', 'Tag ' || i, ${id(4, '1')} FROM generate_series(1, 60) i;
    INSERT INTO relation_tag (relation_id, tag_id, enterprise_id)
    SELECT ${id(3, 'r')}, ${tagOf('r')}, ${e}
    FROM generate_series(1, ${customers}) r, generate_series(0, 2) k;
    INSERT INTO portfolio (member_id, enterprise_id, customers)
    SELECT m.id, ${e}, count(r.id) FROM member m LEFT JOIN relation r ON r.member_id = m.id GROUP BY m.id`);
  await client.query('VACUUM ANALYZE');
}
