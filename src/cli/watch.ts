import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { Command } from 'commander';
import { WebSocket } from 'ws';
import { readConfig } from '../app/config.js';
import { BatonError, ClosedForGoodError, createBatonClient } from '../client/baton-client.js';
import { fileCursor } from '../client/file-cursor.js';
import { StartupError } from '../platform/errors.js';
import { runCommand } from './run-command.js';
import { describeNotification } from './watch/describe-notification.js';
import { openTokens, subjectOf, type TokenOptions } from './watch/tokens.js';

interface Options extends TokenOptions {
  readonly url?: string;
  readonly cursor?: string;
  readonly newOnly: boolean;
}

const program = new Command('watch')
  .description(
    "A successor's terminal: shows each notification as it comes, and goes on where it stopped.\n" +
      'It comes back by itself when the server restarts or the network breaks. Stop it with Ctrl-C.',
  )
  .option('--url <address>', 'address of the API; default: the one that npm start serves with the same settings')
  .option('--token <token>', 'token of the member, as npm start and npm run token print it')
  .option('--token-file <file>', 'file that holds the token: read at each connection, so it can be renewed there')
  .option(
    '--member <user_id>',
    'member to sign in as, without a token: needs DATABASE_URL and TOKEN_SECRET of the server',
  )
  .option('--enterprise <key>', 'with --member: key of the enterprise, where several have such a member')
  .option('--cursor <file>', 'file that keeps the place; default: one for each member in .data')
  .option('--new-only', 'on the first start, leave out what is in the inbox already', false)
  .addHelpText(
    'after',
    '\nGive one of --token, --token-file and --member.' +
      '\nExit code: 0 when it was stopped, 1 when it could not start or the API refused it.' +
      '\n\nExamples:' +
      '\n  npm run watch -- --token eyJhbGciOi...' +
      '\n  npm run watch -- --url https://baton.example.com/graphql --token-file ~/.baton-token',
  )
  .action((options: Options) => runCommand(() => run(options)));

async function run(options: Options): Promise<number> {
  const config = readConfig();
  const url = addressOf(options.url, config);
  const token = await openTokens(options, config);
  const place = options.cursor ?? path.join('.data', `watch-${subjectOf(await token())}.cursor`);
  await mkdir(path.dirname(place), { recursive: true });

  const client = createBatonClient({ url, token, webSocketImpl: WebSocket });
  const stop = () => client.close();
  process.once('SIGINT', stop).once('SIGTERM', stop);
  const colours = process.stdout.isTTY && process.stdout.hasColors();
  process.stderr.write(`Watching ${url}, from where ${place} says. Stop with Ctrl-C.\n`);
  let trouble = '';
  try {
    const events = client.assignmentNotifications({
      cursor: fileCursor(place),
      from: options.newOnly ? 'now' : 'oldest',
      onRetry(error) {
        const why = messageOf(error);
        if (why !== trouble) process.stderr.write(`Not connected: ${why} Trying again until it works.\n`);
        trouble = why;
      },
    });
    for await (const event of events) {
      trouble = '';
      process.stdout.write(`${describeNotification(event, colours)}\n`);
    }
    return 0;
  } catch (error) {
    if (error instanceof BatonError || error instanceof ClosedForGoodError) {
      throw new StartupError(`The API refused: ${error.message}`);
    }
    throw error;
  } finally {
    client.close();
  }
}

function addressOf(given: string | undefined, { host, port }: { host: string; port: number }): string {
  const address = given ?? `http://${host === '0.0.0.0' ? '127.0.0.1' : host}:${port}/graphql`;
  if (!URL.canParse(address) || !/^https?:/.test(address)) {
    throw new StartupError(`"${address}" is no address. Give one like http://127.0.0.1:4000/graphql.`);
  }
  return address;
}

/** With the reason beneath: fetch itself says only that it failed. */
function messageOf(error: unknown): string {
  const { message, cause } = error as { message?: string; cause?: { message?: string; code?: string } };
  const why = [message ?? String(error), cause?.message || cause?.code].filter(Boolean).join(': ');
  return why.endsWith('.') ? why : `${why}.`;
}

await program.parseAsync();
