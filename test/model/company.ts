import { isDeepStrictEqual } from 'node:util';
import { expect } from 'vitest';
import { issueToken } from '../../src/app/tokens.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import { decodeId, encodeId } from '../../src/graphql/ids.js';
import type { TestApp } from '../support/app.js';
import { prepareInvariants } from '../support/invariants.js';
import { rewriteAudit } from '../support/rewrite-audit.js';
import { actual, expected } from './snapshot.js';
import type { World } from './world.js';

type Typename = 'Member' | 'Customer' | 'Relation' | 'CustomerGroup' | 'Transfer' | 'Tag';

/** What a mutation answered, as far as the model looks at it. */
export interface Answered {
  readonly refused: string | null;
  readonly payload: Readonly<Record<string, { readonly id: string } | null>>;
}

/** The same company in the application: it is spoken to in the model's names. */
export class Company {
  readonly #uuids = new Map<string, string>();
  readonly #names = new Map<string, string>();
  readonly #tokens = new Map<string, string>();

  constructor(
    readonly baton: TestApp,
    readonly enterpriseId: string,
  ) {}

  /** Gives a new id to this name, or notes the one there is. */
  name(name: string, uuid: string = this.baton.app.ids.next()): string {
    this.#uuids.set(name, uuid);
    this.#names.set(uuid, name);
    return uuid;
  }

  uuid(name: string): string {
    return this.#uuids.get(name) ?? this.name(name);
  }

  id(typename: Typename, name: string): string {
    return encodeId(typename, this.uuid(name));
  }

  /** One mutation by this person. Answers the code of the refusal, or the payload. */
  async does(who: string, mutation: string, input: object, payload: string): Promise<Answered> {
    const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
    const { data, errors } = await this.baton.ask<Record<string, Record<string, unknown>>>(
      await this.#tokenOf(who),
      `mutation ($input: ${type}) { ${mutation}(input: $input) { ${payload} userErrors { code } } }`,
      { input },
    );
    expect(errors).toBeUndefined();
    const answer = data[mutation] ?? {};
    const [error] = answer['userErrors'] as { code: string }[];
    return { refused: error?.code ?? null, payload: answer as Answered['payload'] };
  }

  /** Notes the name of what a mutation made. */
  nameMade(name: string, made: { readonly id: string } | null | undefined): void {
    if (made) this.name(name, decodeId(made.id).id);
  }

  /** Puts the clock where the model's stands. */
  follow(world: World): void {
    this.baton.clock.set(new Date(world.now));
  }

  /** Fails unless the database is what the model says, and nothing breaks a rule. */
  async mustBe(world: World): Promise<void> {
    const { db } = this.baton.app;
    await prepareInvariants(db);
    const there = await actual(db, this.enterpriseId, this.#names);
    const wanted = expected(world);
    if (!isDeepStrictEqual(there, wanted)) expect(there).toEqual(wanted);
  }

  async #tokenOf(who: string): Promise<string> {
    const known = this.#tokens.get(who);
    if (known !== undefined) return known;
    const person = {
      kind: who.startsWith('c') ? 'customer' : 'member',
      personId: this.uuid(who),
      enterpriseId: this.enterpriseId,
    } as const;
    // Longer than any run lasts by its own clock.
    const token = await issueToken(this.baton.app, person, 24 * 365 * 50);
    this.#tokens.set(who, token);
    return token;
  }
}

/** Writes a company as the model has it: people, customers, relations, tags and groups. In one statement. */
export async function found(baton: TestApp, world: World): Promise<Company> {
  const company = new Company(baton, baton.app.ids.next());
  company.follow(world);
  const { settings } = world;
  const at = new Date(world.now);
  const enterpriseId = Prisma.sql`${company.enterpriseId}::uuid`;
  const members = [...world.members.values()].map((one) => ({ ...one, id: company.name(one.name) }));
  const customers = [...world.customers].map((name) => ({ name, id: company.name(name) }));
  const tags = [...new Set([...world.relations.values()].flatMap((one) => [...one.tags])), ...corpTags]
    .filter((tag, place, all) => all.indexOf(tag) === place)
    .map((name) => ({
      name,
      id: company.name(name),
      owner: name.startsWith('p') ? company.uuid(`m${name.slice(1)}`) : null,
    }));
  const relations = [...world.relations.values()].map((one) => ({
    ...one,
    id: company.name(one.name),
    member: company.uuid(one.member),
    customer: company.uuid(one.customer),
    tags: [...one.tags].map((tag) => company.uuid(tag)),
  }));
  const groups = [...world.groups.values()].map((one) => ({
    ...{ name: one.name, id: company.name(one.name), owner: company.uuid(one.owner) },
    members: [...one.members].map((name) => company.uuid(name)),
    customers: [...one.customers].map((name) => company.uuid(name)),
  }));
  const everything = { members, customers, tags, relations, groups };
  // What waits in another company must not be taken over in this one's time.
  await baton.app.db.prisma.$executeRaw`UPDATE transfer SET run_at = NULL WHERE run_at IS NOT NULL`;
  await baton.app.db.prisma.$executeRaw`
    WITH given AS (SELECT ${JSON.stringify(everything)}::jsonb AS all),
    enterprises AS (
      INSERT INTO enterprise (id, key, name, created_at, wait_hours, customer_limit, on_job_limit, group_daily_limit,
                              reassign_after_refusal, travel_tags, travel_remark, travel_description, time_zone)
      VALUES (${enterpriseId}, ${company.enterpriseId}, 'Lantern Trading', ${at}::timestamptz, ${settings.waitHours}, ${settings.customerLimit},
              ${settings.onJobLimit}, ${settings.groupDailyLimit}, ${settings.reassignAfterRefusal}, ${settings.travelTags},
              ${settings.travelRemark}, ${settings.travelDescription}, ${zones[settings.hoursAheadOfUtc] ?? 'UTC'})
    ),
    members AS (
      INSERT INTO member (id, enterprise_id, user_id, name, created_at, status, resigned_at, customer_limit)
      SELECT m.id, ${enterpriseId}, m.name, m.name, ${at}::timestamptz, m.status::"MemberStatus",
             to_timestamp(m."resignedAt" / 1000.0), m.limit
      FROM given, jsonb_to_recordset(given.all -> 'members') AS m (id uuid, name text, status text, "resignedAt" bigint, "limit" int)
    ),
    administrators AS (
      INSERT INTO administrator (member_id, enterprise_id, role, created_at)
      VALUES (${company.uuid('m0')}::uuid, ${enterpriseId}, 'SUPER', ${at}::timestamptz)
    ),
    customers AS (
      INSERT INTO customer (id, enterprise_id, external_user_id, name, kind, created_at)
      SELECT c.id, ${enterpriseId}, c.name, c.name, 'WECHAT', ${at}::timestamptz
      FROM given, jsonb_to_recordset(given.all -> 'customers') AS c (id uuid, name text)
    ),
    tag_groups AS (INSERT INTO tag_group (id, enterprise_id, name) VALUES (${company.name('k')}::uuid, ${enterpriseId}, 'k')),
    tags AS (
      INSERT INTO tag (id, enterprise_id, kind, name, group_id, member_id)
      SELECT t.id, ${enterpriseId}, CASE WHEN t.owner IS NULL THEN 'CORP' ELSE 'PERSONAL' END::"TagKind", t.name,
             CASE WHEN t.owner IS NULL THEN ${company.uuid('k')}::uuid END, t.owner
      FROM given, jsonb_to_recordset(given.all -> 'tags') AS t (id uuid, name text, owner uuid)
    ),
    given_relations AS (
      SELECT r.* FROM given, jsonb_to_recordset(given.all -> 'relations')
        AS r (id uuid, member uuid, customer uuid, remark text, description text, "addedAt" bigint, tags uuid[])
    ),
    relations AS (
      INSERT INTO relation (id, enterprise_id, member_id, customer_id, remark, description, added_at)
      SELECT id, ${enterpriseId}, member, customer, remark, description, to_timestamp("addedAt" / 1000.0) FROM given_relations
    ),
    relation_tags AS (
      INSERT INTO relation_tag (relation_id, tag_id, enterprise_id)
      SELECT id, unnest(tags), ${enterpriseId} FROM given_relations
    ),
    given_groups AS (
      SELECT g.* FROM given, jsonb_to_recordset(given.all -> 'groups')
        AS g (id uuid, name text, owner uuid, members uuid[], customers uuid[])
    ),
    groups AS (
      INSERT INTO customer_group (id, enterprise_id, chat_id, name, owner_id, status, created_at)
      SELECT g.id, ${enterpriseId}, g.name, g.name, g.owner,
             CASE WHEN m.status = 'RESIGNED' THEN 'OWNER_RESIGNED' ELSE 'NORMAL' END::"CustomerGroupStatus", ${at}::timestamptz
      FROM given_groups g, given, jsonb_to_recordset(given.all -> 'members') AS m (id uuid, status text) WHERE m.id = g.owner
    ),
    participants AS (
      INSERT INTO group_participant (id, enterprise_id, group_id, member_id, customer_id)
      SELECT gen_random_uuid(), ${enterpriseId}, g.id, m, NULL FROM given_groups g, unnest(g.members) m
      UNION ALL
      SELECT gen_random_uuid(), ${enterpriseId}, g.id, NULL, c FROM given_groups g, unnest(g.customers) c
    )
    INSERT INTO portfolio (member_id, enterprise_id, customers, groups)
    SELECT m.id, ${enterpriseId}, (SELECT count(*) FROM given_relations WHERE member = m.id),
           (SELECT count(*) FROM given_groups WHERE owner = m.id)
    FROM given, jsonb_to_recordset(given.all -> 'members') AS m (id uuid)`;
  return company;
}

/** The enterprise's own tags. */
export const corpTags = ['k1', 'k2', 'k3'] as const;

/** Time zones without summer time, by the hours that they are ahead of UTC. */
const zones: Readonly<Record<number, string>> = { 0: 'UTC', 8: 'Asia/Shanghai' };

/** Removes every company, so that the thousandth run is as fast as the first. */
export async function forget({ app }: TestApp): Promise<void> {
  const tables = await app.db.query<{ name: string }>(Prisma.sql`
    SELECT quote_ident(tablename) AS name FROM pg_tables
    WHERE schemaname = 'public' AND tablename NOT IN ('_prisma_migrations', 'inbox_epoch')`);
  await rewriteAudit(app.db, `TRUNCATE ${tables.map(({ name }) => name).join()}`);
}
