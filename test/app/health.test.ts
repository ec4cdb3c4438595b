import { expect, test } from 'vitest';
import { developmentSecret } from '../../src/app/config.js';
import { openTestApp } from '../support/app.js';
import { fullCompany } from '../support/full-company.js';
import { openDoors } from './open-doors.js';

const baton = await openTestApp();
const { app } = baton;
const { prisma } = app.db;
const doors = await openDoors(baton);

async function read(path: string, { port } = doors): Promise<{ status: number; text: string }> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`);
  return { status: response.status, text: await response.text() };
}

test('who is well says so to anybody, in a word', async () => {
  expect(await read('/livez')).toEqual({ status: 200, text: 'alive\n' });
  expect(await read('/readyz')).toEqual({ status: 200, text: 'ready\n' });
});

test('nothing of a company, a person, a token or the machine stands in what operators read', async () => {
  const company = await fullCompany(baton);
  const people = [company.admin, company.ana, company.ben, company.leaver, company.handed];
  await prisma.transfer.updateMany({ where: { enterpriseId: company.enterpriseId }, data: { runAt: app.clock.now() } });

  const { status, text } = await read('/metrics');
  const said = [text, (await read('/livez')).text, (await read('/readyz')).text].join('\n');

  expect(status).toBe(200);
  expect(text).toContain('baton_transfers_due 1\n');
  const secrets = [
    company.enterpriseId,
    ...company.everyId,
    ...people.flatMap(({ uuid, name, token }) => [uuid, name, token]),
    'Lantern Trading',
    developmentSecret,
    process.cwd(),
    'postgres',
  ];
  expect(secrets.filter((secret) => said.includes(secret))).toEqual([]);
});

test('an older backup that was restored beneath the server makes it unready; a newer version beside it does not', async () => {
  const [last] = await prisma.$queryRaw<[{ name: string }]>`
    SELECT migration_name AS name FROM "_prisma_migrations" ORDER BY migration_name DESC LIMIT 1`;
  const rename = (from: string, to: string) =>
    prisma.$executeRaw`UPDATE "_prisma_migrations" SET migration_name = ${to} WHERE migration_name = ${from}`;

  await rename(last.name, '99991231000000_of_a_newer_version');
  const without = await read('/readyz');
  await rename('99991231000000_of_a_newer_version', last.name);
  await prisma.$executeRaw`
    INSERT INTO "_prisma_migrations" (id, checksum, finished_at, migration_name)
    VALUES ('newer', '', now(), '99991231000000_of_a_newer_version')`;

  expect(without).toEqual({
    status: 503,
    text: 'the database lacks migrations of this version: start it again\n',
  });
  expect((await read('/livez')).status).toBe(200);
  expect(await read('/readyz')).toEqual({ status: 200, text: 'ready\n' });
});

test('a server that goes is sent nothing any more', async () => {
  const leaving = await openDoors(baton);
  const closed = leaving.close();

  const answer = await read('/readyz', leaving).catch(() => ({ status: 503, text: '' }));
  await closed;

  expect(answer.status).toBe(503);
});
