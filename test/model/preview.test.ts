import { allRights } from '../../src/platform/rights.js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createAssignmentRule, setDefaultAssignment } from '../../src/features/rules/rules.js';
import { previewTransfer, startTransfer } from '../../src/features/transfers/transfers.js';
import { Prisma } from '../../src/generated/prisma/client.js';
import type { AssignmentStrategy } from '../../src/generated/prisma/enums.js';
import type { Caller } from '../../src/platform/actor.js';
import { customers as seenCustomers, filters, holds, now, worldTags } from '../features/rules/filter-model.js';
import { openTestApp } from '../support/app.js';
import { brokenInvariants } from '../support/invariants.js';

const baton = await openTestApp();
const { app } = baton;

// As the model's: MODEL_RUNS=2000 makes 1,000 of these.
const runs = Math.ceil(Number(process.env.MODEL_RUNS ?? 100) / 2);
const seed = Number(process.env.MODEL_SEED ?? Math.floor(Math.random() * 2 ** 31));
const path = process.env.MODEL_PATH;

const memberCount = 4;
const pools = fc.uniqueArray(fc.record({ member: fc.nat(memberCount - 1), weight: fc.integer({ min: 1, max: 4 }) }), {
  selector: ({ member }) => member,
  minLength: 1,
});
const strategies = fc.constantFrom<AssignmentStrategy>('EVEN', 'LEAST_LOADED', 'WEIGHTED', 'STICKY', 'MATCHING');

/** A leaver with up to twenty customers, four members who may have some of them too, and up to four rules. */
const companies = fc.record({
  customers: fc.array(
    fc.record({
      seen: seenCustomers,
      region: fc.constantFrom('N', 'S', null),
      alsoServedBy: fc.option(fc.nat(memberCount - 1), { freq: 3 }),
    }),
    { maxLength: 20 },
  ),
  groups: fc.nat(3),
  members: fc.array(
    fc.record({
      limit: fc.option(fc.integer({ min: 0, max: 9 })),
      away: fc.boolean(),
      verified: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: fc.constant(false) }),
    }),
    { minLength: memberCount, maxLength: memberCount },
  ),
  rules: fc.array(fc.record({ filter: filters, pool: pools, strategy: strategies }), { maxLength: 4 }),
  rest: fc.option(fc.record({ pool: pools, strategy: strategies })),
});
type Company = typeof companies extends fc.Arbitrary<infer Value> ? Value : never;

const ids = (count: number) => Array.from({ length: count }, () => app.ids.next());

/** Writes the company; answers ids in the order of what they are of. */
async function found({ customers, groups, members }: Company) {
  const { prisma } = app.db;
  const [enterpriseId, leaverId, adminId] = ids(3) as [string, string, string];
  const [memberIds, customerIds, relationIds, tagIds] = [
    memberCount,
    customers.length,
    customers.length,
    worldTags.length,
  ].map(ids) as [string[], string[], string[], string[]];
  const createdAt = new Date(now.getTime() - 24 * 3600_000);
  await prisma.enterprise.create({
    data: { id: enterpriseId, key: enterpriseId, name: 'Company', createdAt, waitHours: 1 },
  });
  const member = { enterpriseId, createdAt };
  await prisma.member.createMany({
    data: [
      { ...member, id: leaverId, userId: 'leaver', name: 'Leaver', status: 'RESIGNED', resignedAt: createdAt },
      { ...member, id: adminId, userId: 'admin', name: 'Admin' },
      ...members.map(({ limit, away, verified }, at) => ({
        ...member,
        ...{
          id: memberIds[at]!,
          userId: `m${at}`,
          name: `Member ${at}`,
          customerLimit: limit,
          acceptsAssignments: !away,
          verified,
        },
      })),
    ],
  });
  await prisma.administrator.create({ data: { memberId: adminId, enterpriseId, role: 'SUPER', createdAt } });
  const groupId = app.ids.next();
  await prisma.tagGroup.create({ data: { id: groupId, enterpriseId, name: 'Tags' } });
  await prisma.tag.createMany({
    data: tagIds.map((id, at) => ({ id, enterpriseId, kind: 'CORP' as const, name: `Tag ${at}`, groupId })),
  });
  await prisma.customer.createMany({
    data: customers.map(({ seen, region }, at) => ({
      ...{ id: customerIds[at]!, enterpriseId, externalUserId: `c${at}`, createdAt, region },
      ...{ name: seen.name, city: seen.city, kind: seen.kind },
    })),
  });
  const relations = customers.flatMap(({ seen, alsoServedBy }, at) => {
    const own = {
      enterpriseId,
      customerId: customerIds[at]!,
      addedAt: seen.addedAt,
      lastMessageAt: seen.lastMessageAt,
    };
    const other = alsoServedBy === null ? [] : [{ ...own, id: app.ids.next(), memberId: memberIds[alsoServedBy]! }];
    return [{ ...own, id: relationIds[at]!, memberId: leaverId }, ...other];
  });
  await prisma.relation.createMany({ data: relations });
  await prisma.relationTag.createMany({
    data: customers.flatMap(({ seen }, at) =>
      seen.tags.map((tag) => ({ enterpriseId, relationId: relationIds[at]!, tagId: tagIds[worldTags.indexOf(tag)]! })),
    ),
  });
  await prisma.customerGroup.createMany({
    data: ids(groups).map((id) => ({
      ...{ id, enterpriseId, chatId: id, name: id, ownerId: leaverId, status: 'OWNER_RESIGNED' as const, createdAt },
    })),
  });
  await prisma.$executeRaw(Prisma.sql`
    INSERT INTO group_participant (id, enterprise_id, group_id, member_id)
    SELECT gen_random_uuid(), enterprise_id, id, owner_id FROM customer_group WHERE enterprise_id = ${enterpriseId}::uuid`);
  await prisma.$executeRaw(Prisma.sql`
    INSERT INTO portfolio (member_id, enterprise_id, customers, groups)
    SELECT m.id, m.enterprise_id, (SELECT count(*) FROM relation r WHERE r.member_id = m.id),
           (SELECT count(*) FROM customer_group g WHERE g.owner_id = m.id)
    FROM member m WHERE m.enterprise_id = ${enterpriseId}::uuid`);
  return { enterpriseId, leaverId, adminId, memberIds, customerIds, tagIds };
}

type Founded = Awaited<ReturnType<typeof found>>;

async function makeRules({ rules, rest }: Company, { memberIds, tagIds }: Founded, caller: Caller): Promise<void> {
  const poolOf = (pool: Company['rules'][number]['pool']) =>
    pool.map(({ member, weight }) => ({
      ...{ memberId: memberIds[member]!, departmentId: null, includeSubDepartments: false, weight },
    }));
  const own = (filter: object) =>
    JSON.parse(
      worldTags.reduce((text, tag, at) => text.replaceAll(tag, tagIds[at]!), JSON.stringify(filter)),
    ) as Company['rules'][number]['filter'];
  for (const [at, { filter, pool, strategy }] of rules.entries()) {
    const condition = { customers: own(filter) };
    const said = { name: `Rule ${at}`, enabled: true, condition, successors: poolOf(pool), strategy, note: null };
    await createAssignmentRule(app, caller, { ...said, position: null });
  }
  if (rest)
    await setDefaultAssignment(app, caller, { successors: poolOf(rest.pool), strategy: rest.strategy, note: null });
}

interface Item {
  readonly position: number;
  readonly kind: string;
  readonly status: string;
  readonly reason: string | null;
  readonly customerId: string | null;
  readonly successorId: string | null;
  readonly rulePlace: number | null;
  readonly loadBefore: number | null;
  readonly chosenBecause: string | null;
}

test(
  `a preview is the outcome, customer by customer, in ${runs} random companies; and the outcome is what the rules say`,
  { timeout: 3_600_000 },
  async () => {
    baton.clock.set(now);
    await fc.assert(
      fc.asyncProperty(companies, async (company) => {
        const made = await found(company);
        const { enterpriseId, leaverId, adminId, memberIds, customerIds } = made;
        const actor = { kind: 'member', id: adminId, enterpriseId, name: 'Admin', rights: allRights } as const;
        const caller = { actor, requestId: null, address: null };
        await makeRules(company, made, caller);
        const request = {
          operation: 'transferCustomers',
          kind: 'RESIGNED',
          leaverId,
          byRules: true,
          selection: { all: true },
          groups: { all: true },
        } as const;
        const nothing = company.customers.length + company.groups === 0;
        if (nothing) {
          await expect(previewTransfer(app, caller, request)).rejects.toMatchObject({ code: 'EMPTY_SELECTION' });
          return;
        }

        const before = await app.db.prisma.portfolio.findMany({ where: { enterpriseId } });
        const preview = await previewTransfer(app, caller, request);
        const { transferId } = await startTransfer(app, caller, { ...request, expectedDigest: preview.digest });

        const all: Item[] = await app.db.prisma.transferItem.findMany({
          where: { transferId },
          orderBy: { position: 'asc' },
        });
        const items = all.filter(({ kind }) => kind === 'CUSTOMER');
        expect(
          items.map(({ position, customerId, reason, successorId, rulePlace, loadBefore, chosenBecause }) => ({
            ...{ position, customerId, reason, successorId, rulePlace, loadBefore, chosenBecause, requested: null },
          })),
        ).toEqual(preview.sample);
        for (const { memberId, assigned, groupsAssigned } of preview.successors) {
          const got = all.filter(({ successorId, status }) => successorId === memberId && status === 'WAITING');
          expect(got.map(({ kind }) => kind).sort()).toEqual([
            ...Array<string>(assigned).fill('CUSTOMER'),
            ...Array<string>(groupsAssigned).fill('GROUP'),
          ]);
        }

        // Every customer once, and by the first rule that holds.
        expect(items.map(({ customerId }) => customerId).sort()).toEqual([...customerIds].sort());
        const asked = [...company.rules, company.rest ?? { pool: [], strategy: 'EVEN' as const }];
        const mayTake = (at: number) => !company.members[at]!.away && company.members[at]!.verified;
        for (const { customerId, status, reason, rulePlace, successorId } of items) {
          const { seen } = company.customers[customerIds.indexOf(customerId!)]!;
          const first = company.rules.findIndex(({ filter }) => holds(filter, seen));
          const place = first < 0 ? asked.length : first + 1;
          const { pool } = asked[place - 1]!;
          if (pool.length === 0) expect([status, reason]).toEqual(['REJECTED', 'NO_RULE']);
          else {
            expect([['WAITING', 'QUEUED'].includes(status), rulePlace]).toEqual([true, place]);
            const takers = pool.filter(({ member }) => mayTake(member)).map(({ member }) => memberIds[member]);
            if (successorId !== null) expect(takers).toContain(successorId);
          }
        }

        // Nobody above the limit; and nobody waits for room while there is some.
        const roomOf = (at: number) => {
          const load = before.find(({ memberId }) => memberId === memberIds[at])!.customers;
          const taken = items.filter(({ successorId }) => successorId === memberIds[at]).length;
          return Math.max(0, (company.members[at]!.limit ?? 5000) - load) - taken;
        };
        for (const at of memberIds.keys()) expect(roomOf(at)).toBeGreaterThanOrEqual(0);
        for (const [index, { pool, strategy }] of asked.entries()) {
          const own = items.filter(({ rulePlace, status }) => rulePlace === index + 1 && status !== 'REJECTED');
          const takers = pool.filter(({ member }) => mayTake(member));
          if (own.some(({ status }) => status === 'QUEUED')) {
            expect(takers.every(({ member }) => roomOf(member) === 0)).toBe(true);
            continue;
          }
          const shares = takers.map(
            ({ member }) => own.filter(({ successorId }) => successorId === memberIds[member]).length,
          );
          const never = takers.every(({ member }) => roomOf(member) > 0);
          if (strategy === 'EVEN' && never && shares.length > 0) {
            expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(1);
          }
          if (strategy === 'WEIGHTED' && never) {
            const whole = takers.reduce((sum, { weight }) => sum + weight, 0);
            takers.forEach(({ weight }, at) =>
              expect(Math.abs(shares[at]! - (own.length * weight) / whole)).toBeLessThan(1),
            );
          }
        }
        expect(await brokenInvariants(app.db, enterpriseId)).toEqual([]);
      }),
      { numRuns: runs, seed, ...(path !== undefined && { path }) },
    );
  },
);
