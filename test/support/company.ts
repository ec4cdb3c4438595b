import type { CustomerKind, MemberStatus, TagKind } from '../../src/generated/prisma/enums.js';
import { encodeId } from '../../src/graphql/ids.js';
import type { TestApp } from './app.js';

/** Somebody, or something, that a test made: its row's id and the id that clients see. */
export interface Made {
  readonly id: string;
  readonly globalId: string;
}

/** A member or a customer with a token. */
export interface Person extends Made {
  readonly token: string;
}

/** A company of the test's own; what it makes is counted in the portfolios, as the product does. */
export interface Company {
  readonly id: string;
  member(name: string, more?: { administrator?: boolean; status?: MemberStatus }): Promise<Person>;
  customer(
    name: string,
    more?: { kind?: CustomerKind; region?: string; city?: string; businessType?: string },
  ): Promise<Person>;
  relation(
    member: Made,
    customer: Made,
    more?: { remark?: string; addedAt?: Date | null; lastMessageAt?: Date; tags?: readonly Made[] },
  ): Promise<Made>;
  tagGroup(name: string): Promise<Made>;
  tag(name: string, of: { group: Made } | { member: Made }): Promise<Made>;
  group(name: string, owner: Made, participants?: readonly ({ member: Made } | { customer: Made })[]): Promise<Made>;
}

let companies = 0;

/** Founds a company. Names are the keys as well: `member('ana')` has the userId "ana". */
export async function foundCompany({ app, tokenOf }: Pick<TestApp, 'app' | 'tokenOf'>): Promise<Company> {
  const { prisma } = app.db;
  const enterpriseId = app.ids.next();
  const createdAt = app.clock.now();
  companies += 1;
  await prisma.enterprise.create({
    data: { id: enterpriseId, key: `company-${companies}`, name: `Company ${companies}`, createdAt },
  });
  const made = (type: string, id: string): Made => ({ id, globalId: encodeId(type, id) });
  const person = async (kind: 'member' | 'customer', id: string): Promise<Person> => ({
    ...made(kind === 'member' ? 'Member' : 'Customer', id),
    token: await tokenOf({ kind, id, enterpriseId }),
  });

  return {
    id: enterpriseId,
    async member(name, { administrator = false, status = 'ACTIVE' } = {}) {
      const id = app.ids.next();
      await prisma.member.create({ data: { id, enterpriseId, userId: name, name, status, createdAt } });
      await prisma.portfolio.create({ data: { memberId: id, enterpriseId } });
      if (administrator) {
        await prisma.administrator.create({ data: { memberId: id, enterpriseId, role: 'SUPER', createdAt } });
      }
      return person('member', id);
    },
    async customer(name, { kind = 'WECHAT', ...about } = {}) {
      const id = app.ids.next();
      await prisma.customer.create({
        data: { id, enterpriseId, externalUserId: name, name, kind, createdAt, ...about },
      });
      return person('customer', id);
    },
    async relation(member, customer, { tags = [], ...about } = {}) {
      const id = app.ids.next();
      await prisma.relation.create({
        data: { id, enterpriseId, memberId: member.id, customerId: customer.id, addedAt: createdAt, ...about },
      });
      for (const tag of tags) {
        await prisma.relationTag.create({ data: { relationId: id, tagId: tag.id, enterpriseId } });
      }
      await prisma.portfolio.update({ where: { memberId: member.id }, data: { customers: { increment: 1 } } });
      return made('Relation', id);
    },
    async tagGroup(name) {
      const id = app.ids.next();
      await prisma.tagGroup.create({ data: { id, enterpriseId, name } });
      return made('TagGroup', id);
    },
    async tag(name, of) {
      const id = app.ids.next();
      const kind: TagKind = 'group' in of ? 'CORP' : 'PERSONAL';
      const place = 'group' in of ? { groupId: of.group.id } : { memberId: of.member.id };
      await prisma.tag.create({ data: { id, enterpriseId, name, kind, ...place } });
      return made('Tag', id);
    },
    async group(name, owner, participants = []) {
      const id = app.ids.next();
      await prisma.customerGroup.create({
        data: { id, enterpriseId, chatId: name, name, ownerId: owner.id, createdAt },
      });
      for (const who of participants) {
        const one = 'member' in who ? { memberId: who.member.id } : { customerId: who.customer.id };
        await prisma.groupParticipant.create({ data: { id: app.ids.next(), enterpriseId, groupId: id, ...one } });
      }
      await prisma.portfolio.update({ where: { memberId: owner.id }, data: { groups: { increment: 1 } } });
      return made('CustomerGroup', id);
    },
  };
}
