import { build } from 'esbuild';
import path from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { WebSocket } from 'ws';
import type * as Client from '../../src/client/baton-client.js';
import { createBatonClient, type BatonClient } from '../../src/client/baton-client.js';
import {
  DemoMemberDocument,
  DemoResignDocument,
  DemoTransferDocument,
  type TransferSelection,
} from '../../src/generated/graphql/graphql.js';
import { openWay } from '../support/way.js';
import { openBrowser } from './graphiql-window.js';
import { startServer, type StartedServer } from './start-server.js';

/** What the bundle offers to a page, and what the page below makes of it. */
interface InPage {
  baton: typeof Client;
  shown: string[];
}

let browser: Browser;
let server: StartedServer;
let bundle: string;
beforeAll(async () => {
  const [{ outputFiles }, ...others] = await Promise.all([
    // The same as README says for the command line.
    build({
      entryPoints: [path.join(import.meta.dirname, '../../src/client/baton-client.ts')],
      bundle: true,
      minify: true,
      format: 'iife',
      globalName: 'baton',
      write: false,
    }),
    openBrowser(),
    startServer(),
  ]);
  bundle = outputFiles[0]!.text;
  [browser, server] = others;
});
afterAll(async () => {
  await browser.close();
  await server[Symbol.asyncDispose]();
});

/** Opens a page of the server's own that follows the successor's inbox, with its place in localStorage. */
async function openDesk(page: Page, url: string, token: string): Promise<void> {
  // Any page from there that runs nothing itself.
  await page.goto(new URL('/livez', url).href);
  await page.addScriptTag({ content: bundle });
  await page.evaluate((token) => {
    const window = globalThis as unknown as InPage & { localStorage: Parameters<typeof Client.storageCursor>[0] };
    const shown: string[] = (window.shown = []);
    const client = window.baton.createBatonClient({ url: '/graphql', token: () => token });
    const cursor = window.baton.storageCursor(window.localStorage, 'inbox');
    void (async () => {
      for await (const event of client.assignmentNotifications({ cursor, from: 'oldest' })) {
        shown.push(event.__typename === 'ResyncRequired' ? event.reason : `${event.note}: ${event.customerCount}`);
      }
    })();
  }, token);
}

const shown = (page: Page) => page.evaluate(() => (globalThis as unknown as InPage).shown);

/** As the server prints it once it listens. */
async function tokenOf(role: string): Promise<string> {
  const printed = () => new RegExp(`  ${role} .*\\n  (\\S+)\\n`).exec(server.output())?.[1];
  await expect.poll(printed, { timeout: 10_000 }).toBeDefined();
  return printed()!;
}

async function handOver(admin: BatonClient, note: string, selection: TransferSelection): Promise<void> {
  const idOf = async (userId: string) => (await admin.execute(DemoMemberDocument, { userId })).member!.id;
  const [leaverId, successorId] = [await idOf('lin-wei'), await idOf('ana-torres')];
  const input = { leaverId, successorIds: [successorId], selection, note };
  const { transferCustomers } = await admin.execute(DemoTransferDocument, { input });
  expect(transferCustomers.userErrors).toEqual([]);
}

test('the client runs in a browser, and goes on after a reload and a broken line', async () => {
  const admin = createBatonClient({
    url: `${server.url}/graphql`,
    token: await tokenOf('administrator'),
    webSocketImpl: WebSocket,
  });
  const token = await tokenOf('successor');
  await using way = await openWay(() => ({ host: '127.0.0.1', port: Number(new URL(server.url).port) }));
  const url = way.through(server.url);
  const context = await browser.newContext();
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('pageerror', (error) => complaints.push(error.message));
  await openDesk(page, url, token);
  const leaver = (await admin.execute(DemoMemberDocument, { userId: 'lin-wei' })).member!;
  await admin.execute(DemoResignDocument, { input: { memberId: leaver.id } });
  const inBeijing = { filter: { city: { eq: '北京' } } };

  await handOver(admin, 'first', inBeijing);
  await expect.poll(() => shown(page), { timeout: 15_000 }).toEqual([expect.stringMatching(/^first: [1-9]\d*$/)]);
  await page.goto('about:blank');
  await handOver(admin, 'second', { filter: { city: { eq: '东莞' } } });
  await openDesk(page, url, token);
  // The last one shown may not have been noted as handled when the page went.
  await expect
    .poll(async () => (await shown(page)).filter((text) => !text.startsWith('first')), { timeout: 15_000 })
    .toEqual([expect.stringMatching(/^second: [1-9]\d*$/)]);
  expect(way.tear(1, () => 0)).toBeGreaterThan(0);
  await handOver(admin, 'third', { all: true });

  await expect
    .poll(async () => (await shown(page)).map((text) => text.split(':')[0]), { timeout: 60_000 })
    .toEqual(expect.arrayContaining(['second', 'third']));
  expect((await shown(page)).filter((text) => text.startsWith('third'))).toHaveLength(1);
  expect(complaints).toEqual([]);
  admin.close();
});

test('a bundle for browsers is small, and has nothing of Node or of the package graphql', () => {
  expect(bundle.length).toBeLessThan(40_000);
  expect(bundle).not.toMatch(/node:|GraphQLError/);
});
