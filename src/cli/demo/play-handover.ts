import { setTimeout as delay } from 'node:timers/promises';
import { WebSocket } from 'ws';
import type { Baton } from '../../app/app.js';
import { serve } from '../../app/serve.js';
import { withinEnterprise } from '../../platform/db/scope.js';
import { issueToken } from '../../app/tokens.js';
import { createBatonClient } from '../../client/baton-client.js';
import type { BatonClient } from '../../client/baton-client.js';
import {
  DemoCustomersDocument,
  DemoMemberDocument,
  DemoResignDocument,
  DemoSettingsDocument,
  DemoTransferCountsDocument,
  DemoTransferDocument,
} from '../../generated/graphql/graphql.js';
import type { DemoCustomersQuery } from '../../generated/graphql/graphql.js';
import { findPerson } from '../find-person.js';
import { importSampleCompany } from '../sample-company.js';
import { compareDelivery, countReceived } from './delivery.js';
import type { Delivery } from './delivery.js';
import { listenAsCustomer, listenAsSuccessor } from './listener.js';
import type { Listener } from './listener.js';
import type { Screen } from './screen.js';

const pollMs = 50;
const settleMs = 300;
const note = 'All contracts are in the shared folder. Please call the A customers first.';

/**
 * Plays the main job on a company of its own: a member resigns, all customers go to two successors, and everybody
 * concerned hears of it on a WebSocket. The only thing taken from inside is a token for each.
 *
 * Returns what was written and what arrived, when all has arrived or the time is up.
 */
export async function playHandover(app: Baton, screen: Screen, deadline: AbortSignal): Promise<Delivery> {
  const enterprise = `Demo ${app.clock.now().toISOString()}`;
  const company = await importSampleCompany(app, enterprise);
  screen.line(`Imported the sample company as "${enterprise}".`);
  await using doors = await serve(app);
  const url = `${doors.url}/graphql`;
  screen.line(`Serving ${url}`);

  const { enterpriseId } = company;
  const { key: enterpriseKey } = await withinEnterprise(enterpriseId, () =>
    app.db.prisma.enterprise.findUniqueOrThrow({ where: { id: enterpriseId } }),
  );
  const earOf = async (kind: 'member' | 'customer', key: string) => {
    const person = await findPerson(app, { kind, key, enterpriseKey });
    return { url, token: await issueToken(app, person), recipientId: person.personId };
  };
  await using admin = createBatonClient({
    ...(await earOf('member', company.administrator)),
    webSocketImpl: WebSocket,
  });
  const [leaver, ...successors] = await Promise.all(
    [company.leaver, ...company.successors.slice(0, 2)].map((userId) => memberOf(admin, userId)),
  );
  if (!leaver) throw new Error('The sample company has no leaver.');
  const theirs = await customersOf(admin, company.leaver);

  const ears = (keys: readonly string[], kind: 'member' | 'customer') =>
    Promise.all(keys.map((key) => earOf(kind, key)));
  const memberEars = await ears(company.successors.slice(0, 2), 'member');
  const customerEars = await ears(
    theirs.map(({ key }) => key),
    'customer',
  );

  const members = memberEars.map((ear, place) =>
    listenAsSuccessor(ear, ({ customerCount, leaverName, note }) => {
      const name = successors[place]?.name ?? '';
      screen.line(`  successor  ${name}: ${customerCount} customers of ${leaverName} are yours. "${note}"`);
    }),
  );
  const customers = customerEars.map((ear, place) =>
    listenAsCustomer(ear, ({ text }) => screen.line(`  customer   ${theirs[place]?.name ?? ''}: ${text}`)),
  );
  try {
    await Promise.all([...members, ...customers].map(({ ready }) => ready));
    screen.line(`${members.length} successors and ${customers.length} customers are connected, a WebSocket each.`);
    await handOver(admin, screen, leaver, successors, deadline);
    return await awaitDelivery(app, screen, enterpriseId, members, customers, deadline);
  } finally {
    await Promise.all([...members, ...customers].map((listener) => listener[Symbol.asyncDispose]()));
  }
}

interface Holder {
  readonly id: string;
  readonly name: string;
  readonly customers: number;
}

async function memberOf(admin: BatonClient, userId: string): Promise<Holder> {
  const { member } = await admin.execute(DemoMemberDocument, { userId });
  if (!member) throw new Error(`The sample company has no member ${userId}.`);
  return { id: member.id, name: member.name, customers: member.portfolio?.customers ?? 0 };
}

async function customersOf(admin: BatonClient, userId: string): Promise<{ key: string; name: string }[]> {
  const found: { key: string; name: string }[] = [];
  let after: string | null = null;
  for (;;) {
    const page: DemoCustomersQuery = await admin.execute(DemoCustomersDocument, { userId, after });
    if (!page.member) throw new Error(`The sample company has no member ${userId}.`);
    const { nodes, pageInfo } = page.member.customers;
    found.push(...nodes.map(({ customer }) => ({ key: customer.externalUserId, name: customer.name })));
    if (!pageInfo.hasNextPage) return found;
    after = pageInfo.endCursor ?? null;
  }
}

async function handOver(
  admin: BatonClient,
  screen: Screen,
  leaver: Holder,
  successors: readonly Holder[],
  deadline: AbortSignal,
): Promise<void> {
  const settings = await admin.execute(DemoSettingsDocument, { input: { waitHours: 0 } });
  refuse(settings.updateSettings.userErrors);
  const resigned = await admin.execute(DemoResignDocument, { input: { memberId: leaver.id } });
  refuse(resigned.resignMember.userErrors);
  screen.line(`${leaver.name} has resigned and holds ${leaver.customers} customers.`);
  const { transferCustomers } = await admin.execute(DemoTransferDocument, {
    input: { leaverId: leaver.id, selection: { all: true }, successorIds: successors.map(({ id }) => id), note },
  });
  refuse(transferCustomers.userErrors);
  screen.line(`Handing them to ${successors.map(({ name }) => name).join(' and ')}:`);
  const id = transferCustomers.transfer?.id ?? '';
  while (!deadline.aborted) {
    const { transfer } = await admin.execute(DemoTransferCountsDocument, { id });
    if (transfer && transfer.status !== 'RUNNING') return;
    await delay(pollMs);
  }
}

function refuse(userErrors: readonly { readonly message: string }[]): void {
  const [first] = userErrors;
  if (first) throw new Error(`The API refused: ${first.message}`);
}

async function awaitDelivery(
  app: Baton,
  screen: Screen,
  enterpriseId: string,
  members: readonly Listener[],
  customers: readonly Listener[],
  deadline: AbortSignal,
): Promise<Delivery> {
  const { recorded } = await compareDelivery(app, enterpriseId, members, customers);
  for (let done = 0; done < recorded && !deadline.aborted; await delay(pollMs)) {
    done = countReceived(members) + countReceived(customers);
    screen.progress(done, recorded);
  }
  // Whatever came twice would come now.
  await delay(settleMs);
  screen.end();
  return compareDelivery(app, enterpriseId, members, customers);
}
