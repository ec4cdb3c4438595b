import { setTimeout as sleep } from 'node:timers/promises';
import type { Company } from './company.js';
import { impatient, now } from './listener.js';

/** A mutation that was sent until it was answered. */
export interface Sent {
  readonly operation: string;
  readonly key: string;
  readonly at: number;
  readonly answeredAt: number;
  /** How often it had to be sent. */
  readonly times: number;
}

interface Refusal {
  readonly code: string;
  readonly message: string;
}
interface Answer {
  readonly userErrors?: readonly Refusal[];
  readonly [field: string]: unknown;
}

const mutationOf = (name: string, answer: string) => {
  const type = `${name[0]?.toUpperCase()}${name.slice(1)}Input!`;
  return `mutation ($input: ${type}) { answer: ${name}(input: $input) { ${answer} userErrors { code message } } }`;
};
const transferCustomers = mutationOf('transferCustomers', 'transfer { id }');
const cancelTransfer = mutationOf('cancelTransfer', 'transfer { id }');
const undoTransfer = mutationOf('undoTransfer', 'undone');
const acceptTakeover = mutationOf('acceptTakeover', 'takeover { status }');
const declineTakeover = mutationOf('declineTakeover', 'takeover { status }');
const finished = 'query ($id: ID!) { answer: transfer(id: $id) { finishedAt } }';

/** Answers after which the same is sent again: while the database is killed or cut off, no other is to be had. */
const passing = ['INTERNAL_SERVER_ERROR', 'UNAVAILABLE', 'OVERLOADED'];

/**
 * Hands over and takes back for one company, one transfer after the other, until told to stop; then ends the transfer in
 * hand. Whatever is not answered is sent again under the same idempotency key: it must happen once.
 */
export async function keepTransferring(
  url: string,
  company: Company,
  sent: Sent[],
  goesOn: () => boolean,
): Promise<number> {
  const { admin, leaver, ana, ben } = company;
  let transfers = 0;

  async function ask(token: string, query: string, variables: object): Promise<Answer | null> {
    try {
      const response = await impatient(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
        body: JSON.stringify({ query, variables }),
      });
      const { data, errors } = (await response.json()) as {
        data?: { answer: Answer };
        errors?: { message: string; extensions?: { code?: string } }[];
      };
      const lasting = errors?.find(({ extensions }) => !passing.includes(extensions?.code ?? ''));
      if (lasting) throw new Refused(`${query}: ${lasting.message}`);
      return errors ? null : (data?.answer ?? null);
    } catch (error) {
      if (error instanceof Refused) throw error;
      return null;
    }
  }

  /** Sends it until it is answered. Any refusal but those named ends the run: nothing here may be refused. */
  async function send(operation: string, token: string, query: string, input: object, allowed: readonly string[] = []) {
    const key = `${operation} ${sent.length} ${Math.random()}`;
    const at = now();
    for (let times = 1; ; times++) {
      const answer = await ask(token, query, { input: { ...input, idempotencyKey: key } });
      if (answer) {
        const refused = answer.userErrors?.find(({ code }) => !allowed.includes(code));
        if (refused) throw new Refused(`${operation} was refused with ${refused.code}: ${refused.message}`);
        sent.push({ operation, key, at, answeredAt: now(), times });
        return answer;
      }
      await sleep(200);
    }
  }

  async function untilFinished(id: string): Promise<void> {
    for (;;) {
      const answer = await ask(admin.token, finished, { id });
      if (answer?.['finishedAt'] != null) return;
      await sleep(50);
    }
  }

  while (goesOn()) {
    const { transfer } = await send('transferCustomers', admin.token, transferCustomers, {
      leaverId: leaver.id,
      selection: { all: true },
      successorIds: [ana.id, ben.id],
      note: `handover ${++transfers}`,
    });
    const transferId = (transfer as { id: string }).id;
    let moved = true;
    if (company.waits) {
      const customers = company.readers.filter(({ kind }) => kind === 'customer');
      const third = customers.length / 3;
      // In fours: hundreds at once would measure how well requests queue.
      const lanes = Array.from({ length: 4 }, async (_, lane) => {
        for (let index = lane; index < 2 * third; index += 4) {
          const { token } = customers[index] as { token: string };
          if (index < third) await send('acceptTakeover', token, acceptTakeover, { transferId });
          else await send('declineTakeover', token, declineTakeover, { transferId });
        }
      });
      await Promise.all(lanes);
      moved = third >= 1;
      await send('cancelTransfer', admin.token, cancelTransfer, { transferId });
    }
    await untilFinished(transferId);
    if (moved) await send('undoTransfer', admin.token, undoTransfer, { transferId }, ['NOTHING_TO_UNDO']);
  }
  return transfers;
}

/** Something was refused that must not be. */
class Refused extends Error {
  override readonly name = 'Refused';
}
