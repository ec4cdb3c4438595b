import type { Browser, BrowserContext } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openBrowser, openGraphiql } from './graphiql-window.js';
import { startServer, type StartedServer } from './start-server.js';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe('GraphiQL on the sample company', () => {
  let server: StartedServer;
  let context: BrowserContext;
  beforeAll(async () => {
    server = await startServer();
    context = await browser.newContext();
  });
  afterAll(async () => {
    await context.close();
    await server[Symbol.asyncDispose]();
  });

  test('hands customers over at a click in each tab, and shows both sides what they receive', async () => {
    const office = await openGraphiql(context, server.url);
    expect(await office.tabs()).toEqual([
      'Pool',
      'Resign',
      'LastDay',
      'Preview',
      'Transfer',
      'Groups',
      'Progress',
      'Items',
      'SuccessorInbox',
      'CustomerNotices',
      'Decline',
      'Cancel',
      'Approve',
      'Retry',
      'Undo',
      'NewRule',
      'Rules',
      'ByRules',
      'Statistics',
      'Archive',
      'Consent',
      'Search',
      'Conversation',
      'Grant',
      'Administrators',
      'AuditLog',
    ]);
    await office.run();
    await office.shows('"totalCount": ');
    await office.picture('1-pool-before');

    const desk = await openGraphiql(await browser.newContext(), server.url);
    const signedIn = desk.page.waitForEvent('websocket').then((socket) =>
      socket.waitForEvent('framereceived', {
        predicate: ({ payload }) => String(payload).includes('connection_ack'),
      }),
    );
    await desk.open('SuccessorInbox');
    await desk.run();
    await signedIn;

    await office.open('Resign');
    await office.run();
    await office.shows('"status": "RESIGNED"');
    await office.picture('2-resign');
    await office.open('Pool');
    await office.run();
    await office.shows(/"customers": [1-9]/);
    await office.picture('1-pool-after');
    await office.open('Preview');
    await office.run();
    await office.shows(/"accepted": [1-9]/);
    await office.picture('3-preview');
    await office.open('Transfer');
    await office.run();
    await office.shows(/"total": [1-9]/);
    await office.shows('"userErrors": []');
    await office.picture('4-transfer');

    await desk.shows(/"customerCount": [1-9]/);
    await desk.shows('"note": "Call them within a week.');
    await desk.picture('6-successor');

    await office.open('Progress');
    await office.run();
    await office.shows('"status": "COMPLETED"');
    await office.picture('5-progress');
    await office.open('CustomerNotices');
    await office.run();
    await office.shows('"text": "Your contact has changed.');
    await office.picture('7-customer');
    await office.open('Decline');
    await office.run();
    await office.shows('"code": "TOO_LATE"');
    await office.picture('10-decline');
    await office.open('Cancel');
    await office.run();
    await office.shows('"code": "TRANSFER_FINISHED"');
    await office.open('AuditLog');
    await office.run();
    await office.shows('"action": "transferCustomers"');
    await office.picture('8-audit');
    expect([...office.complaints, ...desk.complaints]).toEqual([]);
  });

  test('tells what each field means, beside the editor', async () => {
    const office = await openGraphiql(context, server.url);
    await office.page
      .getByLabel(/documentation explorer/i)
      .first()
      .click();
    await office.page.getByRole('link', { name: 'Query', exact: true }).click();
    await office.page.getByRole('link', { name: 'departedMembers' }).click();
    await office.picture('9-documentation');
    expect(await office.page.locator('.graphiql-plugin').innerText()).toContain('Needs VIEW');
    expect(office.complaints).toEqual([]);
  });

  test('keeps the tabs over a reload, and they still run', async () => {
    const office = await openGraphiql(context, server.url);
    const tabs = await office.tabs();
    await office.open('AuditLog');
    await office.page.reload();

    expect(await office.tabs()).toEqual(tabs);
    await office.run();
    await office.shows('"outcome": "SUCCESS"');
    expect(office.complaints).toEqual([]);
  });
});

test('in production, switched on, it loads and holds no token', async () => {
  const server = await startServer({
    NODE_ENV: 'production',
    GRAPHIQL: 'true',
    TOKEN_SECRET: 'an end-to-end test signs nothing with this secret',
  });
  const context = await browser.newContext();
  const window = await openGraphiql(context, server.url);

  expect(await window.page.content()).not.toContain('eyJ');
  expect(window.complaints).toEqual([]);
  await context.close();
  await server[Symbol.asyncDispose]();
});
