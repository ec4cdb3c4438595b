import { randomUUID } from 'node:crypto';
import { readFileSync, unlinkSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { StartupError } from '../errors.js';

/** The right of this process to use a folder alone. */
export interface FolderLock {
  readonly folder: string;
  /** Gives the right back. May be called twice. */
  release(): void;
}

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, where the system tells: a number that comes back with another process is not the holder. */
  readonly began: string | null;
  /** Different for every lock ever taken. */
  readonly nonce: string;
}

/**
 * Locks a folder by a pid file beside it (`<folder>.pid`), or throws a StartupError that names the process that has it.
 *
 * The file of a dead process is replaced. Nothing is taken from a living one, nor from another host, whose processes
 * cannot be seen from here.
 */
export function lockFolder(folder: string): FolderLock {
  const path = `${folder}.pid`;
  const mine: Holder = { pid: process.pid, host: hostname(), began: beginningOf(process.pid), nonce: randomUUID() };
  const holder = acquire(path, mine);
  if (holder) throw refusal(folder, path, holder);

  let held = true;
  const release = () => {
    if (!held) return;
    held = false;
    process.removeListener('exit', release);
    const now = read(path);
    if (now !== 'gone' && now !== 'unreadable' && now.nonce === mine.nonce) remove(path);
  };
  process.on('exit', release);
  return { folder, release };
}

function refusal(folder: string, path: string, holder: Holder): StartupError {
  if (holder.host !== hostname()) {
    return new StartupError(
      `The data folder ${folder} is in use by process ${holder.pid} on ${holder.host}. ` +
        `If that host or container is gone for good, delete ${path} and start again.`,
    );
  }
  return new StartupError(
    `The data folder ${folder} is in use by process ${holder.pid}. Two processes would destroy each other's data: ` +
      'stop that one, give this one another data folder, or set DATABASE_URL to share a PostgreSQL server.',
  );
}

/** Makes the file ours, or returns who has it. */
function acquire(path: string, mine: Holder): Holder | undefined {
  for (;;) {
    if (create(path, mine)) return undefined;
    const found = readPatiently(path);
    if (found === 'gone') continue;
    if (found !== 'unreadable' && lives(found)) return found;
    removeStale(path, found, mine);
  }
}

/**
 * Removes the file of a dead holder, and of that one only.
 *
 * Two that find the same dead holder must not both remove the file: the slower would remove the quicker one's new
 * lock. So whoever removes it holds a lock named after that holder, and looks again before the removal.
 */
function removeStale(path: string, stale: Holder | 'unreadable', mine: Holder): void {
  const nonce = stale === 'unreadable' ? stale : stale.nonce;
  const claim = `${path}.${nonce}`;
  if (acquire(claim, mine)) {
    pause(20);
    return;
  }
  try {
    const now = readPatiently(path);
    if (now === 'unreadable' ? nonce === now : now !== 'gone' && now.nonce === nonce) remove(path);
  } finally {
    remove(claim);
  }
}

function create(path: string, mine: Holder): boolean {
  try {
    writeFileSync(path, JSON.stringify(mine), { flag: 'wx' });
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw new StartupError(
      `The lock file ${path} cannot be written: ${String(error)}\nSet DATA_DIR to a folder that this user may write.`,
      { cause: error },
    );
  }
  // A process that stood still between making and filling the file may have lost it as unreadable.
  const now = read(path);
  return now !== 'gone' && now !== 'unreadable' && now.nonce === mine.nonce;
}

/** A file without a readable holder may just be about to be filled. */
function readPatiently(path: string): Holder | 'gone' | 'unreadable' {
  for (let tries = 0; tries < 20; tries++) {
    const found = read(path);
    if (found !== 'unreadable') return found;
    pause(50);
  }
  return 'unreadable';
}

function read(path: string): Holder | 'gone' | 'unreadable' {
  try {
    const found = JSON.parse(readFileSync(path, 'utf8')) as Partial<Holder> | null;
    const { pid, host, began, nonce } = found ?? {};
    if (!Number.isInteger(pid) || typeof host !== 'string' || !/^[\w-]+$/.test(nonce ?? '')) return 'unreadable';
    return { pid: pid as number, host, began: began ?? null, nonce: nonce as string };
  } catch (error) {
    return codeOf(error) === 'ENOENT' ? 'gone' : 'unreadable';
  }
}

function lives(holder: Holder): boolean {
  if (holder.host !== hostname()) return true;
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false;
  }
  const began = beginningOf(holder.pid);
  return began === null || holder.began === null || began === holder.began;
}

// In a container every start has the same small pid; the moment of the start tells them apart.
function beginningOf(pid: number): string | null {
  try {
    const afterName = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1) ?? '';
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${afterName.split(' ')[19]}`;
  } catch {
    return null;
  }
}

function remove(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error;
  }
}

function pause(ms: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
}

function codeOf(error: unknown): string | undefined {
  return (error as NodeJS.ErrnoException).code;
}
