import fc from 'fast-check';
import { corpTags } from './company.js';
import { place, refuse, Step } from './step.js';
import { aMember } from './steps-members.js';
import { audit, must, pick, serving, type Relation, type World } from './world.js';

function begin(world: World, member: string, customer: string, more: Partial<Relation> = {}): string {
  const name = `r${world.relations.size}`;
  world.relations.set(name, {
    ...{ name, member, customer, status: 'ACTIVE', addedAt: world.now, endedAt: null, mergedInto: null },
    ...{ remark: '', description: '', tags: new Set<string>(), history: [] },
    ...more,
  });
  return name;
}

export const createCustomer = place.map(
  (at) =>
    new Step('createCustomer', (world) => {
      const name = `c${world.customers.size}`;
      const member = aMember(world, at);
      let relation: string | null = null;
      return {
        says: `createCustomer ${name} served by ${member.name}`,
        model: () => {
          if (member.status !== 'ACTIVE') return refuse(world, 'createCustomer', 'MEMBER_NOT_ACTIVE');
          world.customers.add(name);
          relation = begin(world, member.name, name);
          audit(world, 'createCustomer SUCCESS');
          return null;
        },
        real: async (company) => {
          const { refused, payload } = await company.does(
            'm0',
            'createCustomer',
            { externalUserId: name, name, kind: 'WECHAT', servedBy: company.id('Member', member.name) },
            'customer { id } relation { id }',
          );
          company.nameMade(name, payload['customer']);
          if (relation !== null) company.nameMade(relation, payload['relation']);
          return refused;
        },
      };
    }),
);

export const addRelation = fc.record({ member: place, customer: place, tags: fc.subarray([...corpTags]) }).map(
  (given) =>
    new Step('addRelation', (world) => {
      const member = aMember(world, given.member);
      const customer = must(pick(world.customers, given.customer));
      const { tags } = given;
      let relation: string | null = null;
      return {
        says: `addRelation of ${member.name} and ${customer} [${tags.join(' ')}]`,
        model: () => {
          if (member.status !== 'ACTIVE') return refuse(world, 'addRelation', 'MEMBER_NOT_ACTIVE');
          if (serving(world, member.name, customer)) return refuse(world, 'addRelation', 'ALREADY_SERVED');
          const remark = `new at ${world.now}`;
          relation = begin(world, member.name, customer, {
            remark,
            tags: new Set(tags),
            history: tags.length > 0 ? ['TAGS'] : [],
          });
          audit(world, 'addRelation SUCCESS');
          return null;
        },
        real: async (company, { now }) => {
          const { refused, payload } = await company.does(
            'm0',
            'addRelation',
            {
              ...{ memberId: company.id('Member', member.name), customerId: company.id('Customer', customer) },
              ...{ remark: `new at ${now}`, tagIds: tags.map((tag) => company.id('Tag', tag)) },
            },
            'relation { id }',
          );
          if (relation !== null) company.nameMade(relation, payload['relation']);
          return refused;
        },
      };
    }),
);

/** Mostly one in which somebody serves now. */
const aRelation = (world: World, at: number) =>
  pick(
    at % 10 === 0
      ? world.relations.values()
      : [...world.relations.values()].filter(({ status }) => status === 'ACTIVE'),
    at,
  );

export const updateRelation = fc
  .record({
    relation: place,
    remark: fc.constantFrom(null, '', 'one', 'two'),
    description: fc.constantFrom(null, '', 'long'),
  })
  .filter(({ remark, description }) => remark !== null || description !== null)
  .map(
    ({ relation: at, remark, description }) =>
      new Step('updateRelation', (world) => {
        const relation = aRelation(world, at);
        if (!relation) return null;
        const change = { ...(remark !== null && { remark }), ...(description !== null && { description }) };
        return {
          says: `updateRelation ${relation.name} ${JSON.stringify(change)}`,
          model: () => {
            if (relation.status !== 'ACTIVE') return refuse(world, 'updateRelation', 'NOT_FOUND');
            if (remark !== null && remark !== relation.remark) relation.history.push('REMARK');
            if (description !== null && description !== relation.description) relation.history.push('DESCRIPTION');
            Object.assign(relation, change);
            audit(world, 'updateRelation SUCCESS');
            return null;
          },
          real: async (company) =>
            (
              await company.does(
                'm0',
                'updateRelation',
                { relationId: company.id('Relation', relation.name), ...change },
                '',
              )
            ).refused,
        };
      }),
  );

export const tagRelations = fc
  .record({
    relations: fc.array(place, { minLength: 1, maxLength: 3 }),
    tags: fc.array(fc.constantFrom('add', 'remove', null), { minLength: 3, maxLength: 3 }),
  })
  .filter(({ tags }) => tags.some((tag) => tag !== null))
  .map(
    (given) =>
      new Step('tagRelations', (world) => {
        const relations = [...new Set(given.relations.flatMap((at) => aRelation(world, at) ?? []))];
        if (relations.length === 0) return null;
        const which = (what: string) => corpTags.filter((_tag, at) => given.tags[at] === what);
        const [add, remove] = [which('add'), which('remove')];
        return {
          says: `tagRelations ${relations.map(({ name }) => name).join('+')} add [${add.join(' ')}] remove [${remove.join(' ')}]`,
          model: () => {
            if (relations.some(({ status }) => status !== 'ACTIVE')) return refuse(world, 'tagRelations', 'NOT_FOUND');
            for (const { tags, history } of relations) {
              const before = [...tags].sort().join();
              for (const tag of add) tags.add(tag);
              for (const tag of remove) tags.delete(tag);
              if ([...tags].sort().join() !== before) history.push('TAGS');
            }
            audit(world, 'tagRelations SUCCESS');
            return null;
          },
          real: async (company) =>
            (
              await company.does(
                'm0',
                'tagRelations',
                {
                  relationIds: relations.map(({ name }) => company.id('Relation', name)),
                  addTagIds: add.map((tag) => company.id('Tag', tag)),
                  removeTagIds: remove.map((tag) => company.id('Tag', tag)),
                },
                '',
              )
            ).refused,
        };
      }),
  );
