import { expect } from 'vitest';
import { decodeId } from '../../../src/graphql/ids.js';
import type { TestApp } from '../../support/app.js';
import { standing, type Departing, type Person } from '../../support/seed.js';

/** What an undo answers; a refusal is its code. */
export interface UndoPayload {
  readonly transfer: { readonly status: string; readonly counts: { completed: number; undone: number } } | null;
  readonly undone: number | null;
  readonly kept: readonly { readonly obstacle: string; readonly count: number }[] | null;
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly path: string[] }[];
}

/** The administrator of a story with a token of now: windows are longer than tokens last. */
export async function signedIn(
  test: Pick<TestApp, 'tokenOf'>,
  { enterpriseId, admin }: Pick<Departing, 'enterpriseId' | 'admin'>,
): Promise<Person> {
  return { ...admin, token: await test.tokenOf({ kind: 'member', id: admin.uuid, enterpriseId }) };
}

/** Undoes a transfer as the administrator of the story does. */
export async function undoTransfer(
  test: Pick<TestApp, 'ask' | 'tokenOf'>,
  story: Pick<Departing, 'enterpriseId' | 'admin'>,
  transferId: string,
  more: object = {},
): Promise<UndoPayload> {
  const { data, errors } = await test.ask<{ undoTransfer: UndoPayload }>(
    (await signedIn(test, story)).token,
    `mutation ($input: UndoTransferInput!) { undoTransfer(input: $input) {
       transfer { status counts { completed undone } } undone kept { obstacle count } userErrors { code message path } } }`,
    { input: { transferId, ...more } },
  );
  expect(errors).toBeUndefined();
  return data.undoTransfer;
}

/** Each item of a transfer, by place: its status, and why an undo kept it. */
export async function keptItems(test: TestApp, transferId: string): Promise<string[]> {
  const items = await test.app.db.prisma.transferItem.findMany({
    where: { transferId: decodeId(transferId).id },
    orderBy: { position: 'asc' },
  });
  return items.map(({ status, keptBecause }) => [status, ...keptBecause].join(' '));
}

/** Who holds what, with everything that stands on it: what an undo brings back. Revisions and transactions only grow. */
export async function held(test: TestApp, enterpriseId: string) {
  const { relations, tags, portfolios } = await standing(test, enterpriseId);
  const groups = await test.app.db.prisma.customerGroup.findMany({ where: { enterpriseId }, orderBy: { id: 'asc' } });
  const participants = await test.app.db.prisma.groupParticipant.findMany({
    where: { enterpriseId },
    orderBy: { id: 'asc' },
  });
  const unnumbered = <Row extends { revision: number }>({ revision: _, ...row }: Row) => row;
  return {
    relations: relations.map(unnumbered),
    tags,
    portfolios: portfolios.map(({ xid: _, ...row }) => row),
    groups: groups.map(unnumbered),
    participants,
  };
}

/** What a person was told, in order: the type, and how many that counts, or what a customer reads. */
export async function toldTo({ app }: TestApp, person: Person) {
  const { prisma } = app.db;
  const events = await prisma.inboxEvent.findMany({
    where: { recipientId: person.uuid },
    orderBy: [{ xid: 'asc' }, { id: 'asc' }],
  });
  const facts = await prisma.fact.findMany({ where: { id: { in: events.map(({ factId }) => factId) } } });
  const byId = new Map(facts.map((fact) => [fact.id, fact]));
  return events.map(({ type, factId, position }) => {
    const { itemCount, customerText } = byId.get(factId) ?? {};
    return [type, position === null ? itemCount : customerText];
  });
}

/** A CORP tag of the enterprise; its UUID. */
export async function corpTag({ app }: Pick<TestApp, 'app'>, enterpriseId: string, name: string): Promise<string> {
  const { prisma } = app.db;
  const group = await prisma.tagGroup.upsert({
    where: { enterpriseId_name: { enterpriseId, name: 'Level' } },
    create: { id: app.ids.next(), enterpriseId, name: 'Level' },
    update: {},
  });
  const id = app.ids.next();
  await prisma.tag.create({ data: { id, enterpriseId, kind: 'CORP', name, groupId: group.id } });
  return id;
}

/** Puts tags on a relation as it stood before the story began: nothing is touched. */
export async function wears(
  { app }: Pick<TestApp, 'app'>,
  enterpriseId: string,
  relationId: string,
  tagIds: readonly string[],
): Promise<void> {
  await app.db.prisma.relationTag.createMany({ data: tagIds.map((tagId) => ({ enterpriseId, relationId, tagId })) });
}
