import { waitFor } from '../../client/backoff.js';
import { createBatonClient, type BatonClient } from '../../client/baton-client.js';
import {
  DemoMemberDocument,
  DemoResignDocument,
  DemoSettingsDocument,
  DemoTransferCountsDocument,
  DemoTransferDocument,
  SimulateAcceptDocument,
  SimulateDeclineDocument,
  type DemoTransferCountsQuery,
} from '../../generated/graphql/graphql.js';
import { compareInbox, isWhole, sum, type Comparison } from './compare-inboxes.js';
import type { LiveLine } from './live-line.js';
import type { SimulatedCompany } from './simulated-company.js';
import { connectPerson, untilDone, type SeenEvent, type SimulatedPerson } from './simulated-person.js';

/** What the customers of a simulation do. Shares are from 0 to 1. */
export interface Conduct {
  readonly decline: number;
  /** Say nothing, and are taken over when the waiting time is over. Everybody else accepts. */
  readonly silent: number;
  /** Lose their line once while it happens. */
  readonly cut: number;
  /** All this happens within so long of being told. */
  readonly withinMs: number;
}

/** Where a simulation is played. */
export interface Stage {
  readonly company: SimulatedCompany;
  /** Servers of one Baton; people are spread over them. */
  readonly urls: readonly string[];
  tokenOf(person: SimulatedCompany['people'][number]): Promise<string>;
  /** Makes the waiting time pass; null where that is not in our power. */
  readonly skipHours: ((hours: number) => void) | null;
  /** From 0 to 1. */
  readonly random: () => number;
  readonly live: LiveLine;
  readonly signal: AbortSignal;
}

/** How a simulation went. */
export interface Outcome extends Comparison {
  readonly told: number;
  readonly declined: number;
  readonly accepted: number;
  /** Customers who were told that the successor is their contact now. */
  readonly changed: number;
  readonly cuts: number;
  /** In words, what is not as it must be; empty when all is. */
  readonly problems: readonly string[];
}

type Say = 'decline' | 'accept' | 'silence';
interface Customer {
  readonly key: string;
  readonly say: Say;
  readonly person: SimulatedPerson;
}

const waitHours = 1;
/** People who connect, or ask for their list, at once. */
const atOnce = 50;
const pollMs = 250;
/** Nothing happens for so long: then nothing will. */
const quietMs = 30_000;

/**
 * A member resigns, all customers go to three successors, and each customer says what they say: all over the API, each with a
 * socket of their own. Ends when everybody has what the lists of the API have, when nothing happens any more, or at the signal.
 */
export async function playSimulation(stage: Stage, conduct: Conduct): Promise<Outcome> {
  const { company, live, signal, random } = stage;
  const problems: string[] = [];
  const sayings: Promise<void>[] = [];
  const said = { decline: 0, accept: 0 };
  const people: SimulatedPerson[] = [];
  let cuts = 0;

  const signIn = (key: string, place = 0) => {
    const who = company.people.find((each) => each.key === key);
    if (!who) throw new Error(`The simulated company has no ${key}.`);
    const url = stage.urls[place % stage.urls.length] ?? '';
    return { kind: who.kind, url, token: () => stage.tokenOf(who) };
  };
  const connect = (key: string, onEvent?: (event: SeenEvent) => void) => {
    const { kind, ...options } = signIn(key, people.length);
    const person = connectPerson(kind, options, onEvent);
    people.push(person);
    return person;
  };
  const speak = async (
    key: string,
    say: Exclude<Say, 'silence'>,
    { transferId }: SeenEvent,
    person: SimulatedPerson,
  ) => {
    await waitFor(random() * conduct.withinMs, signal);
    const input = { transferId: transferId ?? '', idempotencyKey: `${key}-${say}` };
    const document = say === 'decline' ? SimulateDeclineDocument : SimulateAcceptDocument;
    const answer = await untilDone(() => person.client.execute(document, { input }), signal);
    const [error] = answer?.say.userErrors ?? [];
    if (error) problems.push(`${key} could not ${say}: ${error.message}`);
    else if (answer) said[say]++;
  };

  const keys = company.people.filter(({ kind }) => kind === 'customer').map(({ key }) => key);
  const sayOf = sharesOut(keys.length, conduct, random);
  const customers: Customer[] = [];
  const arrived = { told: 0, changed: 0, events: 0 };
  const successors: SimulatedPerson[] = [];
  const status = () =>
    `  connected ${people.filter(({ isConnected }) => isConnected).length}  told ${arrived.told}  declined ${said.decline}` +
    `  accepted ${said.accept}  changed ${arrived.changed}  lines cut ${cuts}`;
  const showing = setInterval(() => live.show(status()), pollMs);

  try {
    await using admin = createBatonClient(signIn(company.administrator));
    successors.push(...company.successors.map((key) => connect(key)));
    await inTurns([...keys.entries()], atOnce, async ([at, key]) => {
      if (signal.aborted) return;
      const say = sayOf[at] ?? 'silence';
      const person = connect(key, (event) => {
        arrived.events++;
        if (event.type === 'COMPLETED') arrived.changed++;
        if (event.type !== 'SCHEDULED') return;
        arrived.told++;
        if (say !== 'silence') sayings.push(speak(key, say, event, person));
      });
      customers.push({ key, say, person });
      await unlessStopped(person.ready, signal);
    });
    await Promise.all(successors.map(({ ready }) => unlessStopped(ready, signal)));
    await until(
      () => people.every(({ isConnected }) => isConnected),
      () => people.length,
      signal,
    );
    if (!signal.aborted) {
      live.say(`${keys.length} customers and ${successors.length} successors are connected, a socket each.`);
      const id = await handOver(admin, company, keys.length);
      live.say(
        `${keys.length} customers are told that their contact changes in ${waitHours} hour, unless they decline.`,
      );
      for (const { person } of customers) {
        if (random() >= conduct.cut) continue;
        sayings.push(waitFor(random() * conduct.withinMs, signal).then(() => void (cuts += person.cut() ? 1 : 0)));
      }
      await until(
        () => arrived.told >= keys.length,
        () => arrived.events,
        signal,
      );
      await Promise.all(sayings);
      if (stage.skipHours && conduct.silent > 0) {
        stage.skipHours(waitHours);
        live.say('The waiting time is over.');
      }
      const counts = await awaitEnd(admin, id, signal);
      if (counts) problems.push(...checkCounts(counts, said, keys.length));
      else if (!signal.aborted) problems.push('The transfer does not come to its end. Does a worker run?');
    }
    // A list, too, tells an event only when no older transaction of that PostgreSQL runs any more: both may be behind alike.
    await until(
      () => checkKinds(customers).length === 0,
      () => arrived.events,
      signal,
    );
    const compared = signal.aborted ? new Map<SimulatedPerson, Comparison>() : await compareAll(people, signal);
    if (!signal.aborted) problems.push(...checkKinds(customers));
    for (const { failure } of people) if (failure) problems.push(`Somebody's inbox ended: ${messageOf(failure)}`);
    const { told, changed } = arrived;
    return { ...sum(compared.values()), told, changed, cuts, declined: said.decline, accepted: said.accept, problems };
  } finally {
    clearInterval(showing);
    live.show(status());
    for (const person of people) person[Symbol.dispose]();
  }
}

/** Who says what: the shares exactly, dealt out by chance. */
function sharesOut(count: number, { decline, silent }: Conduct, random: () => number): Say[] {
  const declining = Math.round(count * decline);
  const silence = Math.min(Math.round(count * silent), count - declining);
  const say = Array.from({ length: count }, (_, at): Say => {
    if (at < declining) return 'decline';
    return at < declining + silence ? 'silence' : 'accept';
  });
  for (let at = count - 1; at > 0; at--) {
    const other = Math.floor(random() * (at + 1));
    [say[at], say[other]] = [say[other] ?? 'accept', say[at] ?? 'accept'];
  }
  return say;
}

async function handOver(admin: BatonClient, company: SimulatedCompany, customers: number): Promise<string> {
  const settings = { waitHours, customerLimit: Math.max(5000, customers) };
  const { updateSettings } = await admin.execute(DemoSettingsDocument, { input: settings });
  refuse(updateSettings.userErrors);
  const idOf = async (userId: string) => (await admin.execute(DemoMemberDocument, { userId })).member?.id ?? '';
  const leaverId = await idOf(company.leaver);
  const { resignMember } = await admin.execute(DemoResignDocument, { input: { memberId: leaverId } });
  refuse(resignMember.userErrors);
  const successorIds = await Promise.all(company.successors.map(idOf));
  const input = { leaverId, selection: { all: true }, successorIds, idempotencyKey: 'simulation' };
  const { transferCustomers } = await admin.execute(DemoTransferDocument, { input });
  refuse(transferCustomers.userErrors);
  return transferCustomers.transfer?.id ?? '';
}

function refuse([error]: readonly { readonly message: string }[]): void {
  if (error) throw new Error(`The API refused: ${error.message}`);
}

type Counts = NonNullable<DemoTransferCountsQuery['transfer']>['counts'];

/** The counts of the transfer when nothing waits any more; null when that does not come, or the signal does. */
async function awaitEnd(admin: BatonClient, id: string, signal: AbortSignal): Promise<Counts | null> {
  let counts: Counts | null = null;
  let over = false;
  const look = async () => {
    const answer = await untilDone(() => admin.execute(DemoTransferCountsDocument, { id }), signal);
    if (!answer?.transfer) return;
    ({ counts } = answer.transfer);
    over = answer.transfer.status !== 'RUNNING';
  };
  await until(
    () => over,
    () => counts?.waiting ?? 0,
    signal,
    look,
  );
  return over ? counts : null;
}

function checkCounts(counts: Counts, said: { decline: number; accept: number }, customers: number): string[] {
  const expected = { total: customers, waiting: 0, completed: customers - said.decline };
  return Object.entries(expected)
    .filter(([what, count]) => counts[what as keyof typeof expected] !== count)
    .map(([what, count]) => `The transfer counts ${counts[what as keyof typeof expected]} as ${what}, not ${count}.`);
}

/** One notice of each kind for each customer, and no other. */
function checkKinds(customers: readonly Customer[]): string[] {
  return customers.flatMap(({ key, say, person }) => {
    const kinds = person.received.map(({ type }) => type).join(', ');
    const expected = say === 'decline' ? 'SCHEDULED' : 'SCHEDULED, COMPLETED';
    return kinds === expected ? [] : [`${key} was told ${kinds || 'nothing'}, not ${expected}.`];
  });
}

/** Compares everybody with their list, again and again while something still arrives. */
async function compareAll(people: readonly SimulatedPerson[], signal: AbortSignal) {
  const compared = new Map<SimulatedPerson, Comparison>();
  let pending = people;
  const look = async () => {
    await inTurns(pending, atOnce, async (person) => {
      const listed = await untilDone(() => person.list(), signal);
      if (listed) compared.set(person, compareInbox(person.received, listed));
    });
    pending = pending.filter((person) => {
      const comparison = compared.get(person);
      return !comparison || !isWhole(comparison);
    });
  };
  await until(
    () => pending.length === 0,
    () => people.reduce((all, { received }) => all + received.length, 0),
    signal,
    look,
  );
  return compared;
}

/** Looks again until it is so, or until nothing has changed for long, or the signal comes. */
async function until(
  isSo: () => boolean,
  progress: () => number,
  signal: AbortSignal,
  look: () => Promise<void> = async () => undefined,
): Promise<void> {
  let last = NaN;
  let since = performance.now();
  for (;;) {
    await look();
    if (isSo() || signal.aborted) return;
    const now = progress();
    if (now !== last) [last, since] = [now, performance.now()];
    if (performance.now() - since > quietMs) return;
    await waitFor(pollMs, signal);
  }
}

/** Does the work for each, so many at once. */
async function inTurns<Item>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<void>,
): Promise<void> {
  const waiting = items.values();
  const lane = async () => {
    for (const item of waiting) await work(item);
  };
  await Promise.all(Array.from({ length: width }, lane));
}

async function unlessStopped(promise: Promise<void>, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  await new Promise<void>((resolve, reject) => {
    const stop = () => resolve();
    signal.addEventListener('abort', stop);
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
