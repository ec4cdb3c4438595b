import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { chromium, type Browser, type BrowserContext, type Page } from 'playwright-core';
import { expect } from 'vitest';

/** A browser with no way to anywhere but this machine. Disposed of by `close`. */
export function openBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1',
    ],
  });
}

/** One window with GraphiQL in it, and what it did that it should not have. */
export interface GraphiqlWindow {
  readonly page: Page;
  /** Requests to anywhere but the server, errors of the page and what it complained of. */
  readonly complaints: readonly string[];
  tabs(): Promise<string[]>;
  open(tab: string): Promise<void>;
  /** Presses the button that runs the open tab. */
  run(): Promise<void>;
  /** The answer as it is shown. Waits until it has `text`. */
  shows(text: string | RegExp): Promise<void>;
  /** Takes a picture into the folder SCREENSHOTS, where one is set. */
  picture(name: string): Promise<void>;
}

/** Opens GraphiQL of this server. The window is tall, since the editor writes only the lines that are in sight. */
export async function openGraphiql(context: BrowserContext, url: string): Promise<GraphiqlWindow> {
  const page = await context.newPage();
  const complaints: string[] = [];
  page.on('request', (request) => {
    const { origin, protocol } = new URL(request.url());
    if (origin !== url && protocol !== 'data:' && protocol !== 'blob:') complaints.push(`asked for ${request.url()}`);
  });
  page.on('websocket', (socket) => {
    if (!socket.url().startsWith(url.replace('http', 'ws'))) complaints.push(`connected to ${socket.url()}`);
  });
  page.on('pageerror', (error) => complaints.push(`threw ${error.message}`));
  page.on('console', (message) => {
    if (['error', 'warning'].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  await page.setViewportSize({ width: 1440, height: 1300 });
  await page.goto(`${url}/graphql`);
  const answer = page.locator('.graphiql-response');
  await page.locator('.graphiql-execute-button').waitFor();
  return {
    page,
    complaints,
    async tabs() {
      await page.locator('.graphiql-execute-button').waitFor();
      return page.locator('.graphiql-tab').allInnerTexts();
    },
    async open(tab) {
      await page.getByRole('button', { name: tab, exact: true }).click();
    },
    async run() {
      await page.locator('.graphiql-execute-button').click();
    },
    async shows(text) {
      await expect.poll(async () => plain(await answer.innerText()), { timeout: 15_000 }).toMatch(text);
    },
    async picture(name) {
      const folder = process.env['SCREENSHOTS'];
      if (!folder) return;
      mkdirSync(folder, { recursive: true });
      await page.screenshot({ path: path.join(folder, `${name}.png`) });
    },
  };
}

// The editor writes each blank as a no-break space, and puts lines where it likes among its elements.
function plain(text: string): string {
  return text.replaceAll('\u00a0', ' ');
}
