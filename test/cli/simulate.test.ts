import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { compareInbox, isWhole, sum } from '../../src/cli/simulate/compare-inboxes.js';
import { openLiveLine } from '../../src/cli/simulate/live-line.js';
import { seededRandom } from '../../src/cli/simulate/seeded-random.js';
import { openChildDatabase } from '../support/child-database.js';

const root = resolve(import.meta.dirname, '../..');
const { env } = await openChildDatabase();

/** Runs the simulation as npm does; `until` is written, then it gets a Ctrl-C. */
async function simulate(args: readonly string[], until?: string) {
  const child = spawn(process.execPath, ['--import', 'tsx', 'src/cli/simulate.ts', ...args], {
    cwd: root,
    env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let [stdout, stderr] = ['', ''];
  child.stderr.setEncoding('utf8').on('data', (text: string) => (stderr += text));
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    stdout += text;
    // Once: a second Ctrl-C would end it on the spot.
    if (until !== undefined && stdout.includes(until) && !child.killed) child.kill('SIGINT');
  });
  await once(child, 'close');
  return { code: child.exitCode, stdout, stderr, last: stdout.split('\n').at(-2) };
}

test(
  'simulated customers are told, say what they say, and miss nothing though lines break',
  { timeout: 120_000 },
  async () => {
    const args = [
      '--customers',
      '60',
      '--decline',
      '10%',
      '--silent',
      '20%',
      '--cut',
      '50%',
      '--within',
      '1',
      '--seed',
      '7',
    ];

    const { code, stderr, stdout, last } = await simulate(args);

    expect({ code, stderr }, stdout).toEqual({ code: 0, stderr: '' });
    expect(last).toMatch(
      /^simulate: 60 of 60 customers told, 6 declined, 42 accepted, 54 have a new contact; \d+ lines cut; \d+ events delivered, 0 missed, 0 repeated, 0 out of order, 0 not acknowledged$/,
    );
    expect(Number(/(\d+) lines cut; \d/.exec(last ?? '')?.[1])).toBeGreaterThan(0);
    expect(Number(/(\d+) events/.exec(last ?? '')?.[1])).toBeGreaterThanOrEqual(60 + 54 + 3);
    expect(stdout).toContain('The waiting time is over.\n');
    expect(stdout).not.toContain('\u001b');
  },
);

test('a simulation that is stopped says how far it came, and ends', { timeout: 120_000 }, async () => {
  const { code, stderr, last } = await simulate(['--customers', '20', '--within', '3600'], 'customers are told that');

  expect({ code, stderr }).toEqual({ code: 130, stderr: '' });
  expect(last).toMatch(/^simulate: stopped; \d+ of 20 customers told, 0 declined, \d accepted, \d have a new contact$/);
});

test.each([
  [['--decline', '60%', '--silent', '50%'], '--decline and --silent are more than 100% together.\n'],
  [
    ['--customers', '0'],
    "error: option '--customers <n>' argument '0' is invalid. It must be a whole number from 1 to 4000.\n",
  ],
  [['--decline', 'x'], "error: option '--decline <share>' argument 'x' is invalid. It must be from 0% to 100%.\n"],
])('a simulation of %j is refused', { timeout: 60_000 }, async (args, stderr) => {
  expect(await simulate(args)).toMatchObject({ code: 1, stdout: '', stderr });
});

describe('a comparison with the list', () => {
  const seen = (...ids: string[]) => ids.map((id) => ({ id, type: 'COMPLETED', transferId: null, acknowledged: true }));
  const nothing = { events: 0, missed: 0, surplus: 0, disordered: 0, unread: 0 };

  test.each([
    ['all came', seen('1', '2'), seen('1', '2'), { events: 2 }],
    ['one is missing', seen('1', '3'), seen('1', '2', '3'), { events: 2, missed: 1 }],
    ['one came twice', seen('1', '2', '1'), seen('1', '2'), { events: 2, surplus: 1 }],
    ['one is not in the list', seen('1', 'x'), seen('1'), { events: 2, surplus: 1 }],
    ['two came the wrong way round', seen('2', '1'), seen('1', '2'), { events: 2, disordered: 1 }],
    ['one was not acknowledged', seen('1'), [{ ...seen('1')[0]!, acknowledged: false }], { events: 1, unread: 1 }],
  ])('tells when %s', (what, received, listed, expected) => {
    const comparison = compareInbox(received, listed);
    expect(comparison).toEqual({ ...nothing, ...expected });
    expect(isWhole(comparison)).toBe(what === 'all came');
    expect(sum([comparison, comparison]).events).toBe(2 * comparison.events);
  });
});

test('chance repeats itself for the same seed, between 0 and 1', () => {
  const draw = (seed: number) => Array.from({ length: 1000 }, seededRandom(seed));

  expect(draw(7)).toEqual(draw(7));
  expect(draw(7)).not.toEqual(draw(8));
  expect(draw(7).every((number) => number >= 0 && number < 1)).toBe(true);
  expect(draw(7).reduce((sum, number) => sum + number, 0) / 1000).toBeCloseTo(0.5, 1);
});

test('the live line is rewritten on a terminal, and a line now and then elsewhere', () => {
  const writing = (isTTY: boolean) => {
    const written: string[] = [];
    const output = { isTTY, write: (text: string) => written.push(text) > 0 } as unknown as NodeJS.WriteStream;
    {
      using live = openLiveLine(output);
      live.show('1');
      live.show('1');
      live.say('so');
      live.show('2');
    }
    return written.join('');
  };

  const clear = '\r\u001b[2K';
  expect(writing(true)).toBe(`1${clear}so\n1${clear}2${clear}`);
  expect(writing(false)).toBe('1\nso\n');
});
