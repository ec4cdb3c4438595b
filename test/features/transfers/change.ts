import { expect } from 'vitest';
import type { Answer, TestApp } from '../../support/app.js';
import type { Person } from '../../support/seed.js';

/** What a mutation answers: what was selected, and why it did nothing. */
export type Changed = Record<string, Answer | undefined> & {
  readonly userErrors: readonly { readonly code: string; readonly message: string; readonly path: readonly string[] }[];
};

/** One mutation by this person. A fault, or what a client could not act on, fails the test. */
export async function change(
  test: Pick<TestApp, 'ask'>,
  by: Person,
  mutation: string,
  input: object,
  payload = '',
): Promise<Changed> {
  const type = `${mutation.charAt(0).toUpperCase()}${mutation.slice(1)}Input!`;
  const { data, errors } = await test.ask<Record<string, Changed>>(
    by.token,
    `mutation ($input: ${type}) { ${mutation}(input: $input) { ${payload} userErrors { code message path } } }`,
    { input },
  );
  expect(errors).toBeUndefined();
  return data[mutation]!;
}

/** The code that a mutation was refused with; null: it was done. */
export async function codeOf(
  test: Pick<TestApp, 'ask'>,
  by: Person,
  mutation: string,
  input: object,
): Promise<string | null> {
  const { userErrors } = await change(test, by, mutation, input);
  return userErrors[0]?.code ?? null;
}
