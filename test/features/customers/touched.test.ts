import { expect, test } from 'vitest';
import { encodeId } from '../../../src/graphql/ids.js';
import { openTestApp } from '../../support/app.js';
import { departing } from '../../support/seed.js';

const baton = await openTestApp();
const { prisma } = baton.app.db;

/** A member with one customer, and what notes and tags that relation. */
async function served() {
  const { enterpriseId, leaver, relations } = await departing(baton, { customers: 1, resigned: false });
  const relation = relations[0]!;
  const [group, vip, nice] = [baton.app.ids.next(), baton.app.ids.next(), baton.app.ids.next()];
  await prisma.tagGroup.create({ data: { id: group, enterpriseId, name: 'Level' } });
  await prisma.tag.createMany({
    data: [
      { id: vip, enterpriseId, kind: 'CORP', name: 'VIP', groupId: group },
      { id: nice, enterpriseId, kind: 'PERSONAL', name: 'Nice', memberId: leaver.uuid },
    ],
  });
  const change = async (name: 'UpdateRelation' | 'TagRelations', input: object) => {
    const field = `${name.charAt(0).toLowerCase()}${name.slice(1)}`;
    const document = `mutation ($input: ${name}Input!) { ${field}(input: $input) { userErrors { code } } }`;
    const { data } = await baton.ask(leaver.token, document, { input });
    expect(data[field]).toEqual({ userErrors: [] });
  };
  const id = encodeId('Relation', relation);
  return {
    note: (input: object) => change('UpdateRelation', { relationId: id, ...input }),
    tag: (input: object) => change('TagRelations', { relationIds: [id], ...input }),
    vip: encodeId('Tag', vip),
    nice: encodeId('Tag', nice),
    touched: () =>
      prisma.relation.findUniqueOrThrow({ where: { id: relation }, select: { revision: true, touches: true } }),
  };
}

test('each change of a note or of corp tags is noted by kind, with the revision it made', async () => {
  const { note, tag, vip, touched } = await served();

  await note({ remark: 'new', description: 'new' });
  expect(await touched()).toEqual({ revision: 1, touches: { REMARK: 1, DESCRIPTION: 1 } });
  await tag({ addTagIds: [vip] });
  expect(await touched()).toEqual({ revision: 2, touches: { REMARK: 1, DESCRIPTION: 1, TAGS: 2 } });
  await note({ remark: 'newer', description: 'new' });
  expect(await touched()).toEqual({ revision: 3, touches: { REMARK: 3, DESCRIPTION: 1, TAGS: 2 } });
  await tag({ removeTagIds: [vip] });
  expect(await touched()).toEqual({ revision: 4, touches: { REMARK: 3, DESCRIPTION: 1, TAGS: 4 } });
});

test('a repetition that changes nothing touches nothing, and a PERSONAL tag never does', async () => {
  const { note, tag, vip, nice, touched } = await served();
  await note({ remark: 'new', description: 'new' });
  await tag({ addTagIds: [vip] });
  const before = await touched();

  await note({ remark: 'new', description: 'new' });
  await tag({ addTagIds: [vip] });
  await tag({ addTagIds: [nice] });
  await tag({ removeTagIds: [nice] });

  expect(await touched()).toEqual(before);
});
