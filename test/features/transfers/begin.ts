import type { TestApp } from '../../support/app.js';
import type { Departing, Person } from '../../support/seed.js';

/** Begins a handover of all the leaver's customers to Ana, unless told otherwise; answers the transfer's id. */
export async function transferCustomers(
  test: Pick<TestApp, 'ask'>,
  { admin, leaver, ana }: { readonly admin: Person; readonly leaver: Person; readonly ana: Person },
  input: object = {},
): Promise<string> {
  return begin(test, admin, 'transferCustomers', {
    leaverId: leaver.id,
    successorIds: [ana.id],
    selection: { all: true },
    ...input,
  });
}

/** Begins a handover by this mutation; answers the transfer's id. Throws where it is refused. */
export async function begin(
  test: Pick<TestApp, 'ask'>,
  admin: Departing['admin'],
  mutation: 'transferCustomers' | 'transferGroups' | 'retryTransfer',
  input: object,
): Promise<string> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const { data, errors } = await test.ask<Record<string, { transfer: { id: string } | null; userErrors: object[] }>>(
    admin.token,
    `mutation ($input: ${type}) { ${mutation}(input: $input) { transfer { id } userErrors { code message path } } }`,
    { input },
  );
  const transfer = data?.[mutation]?.transfer;
  if (!transfer) throw new Error(`No transfer: ${JSON.stringify(errors ?? data[mutation]?.userErrors)}`);
  return transfer.id;
}
