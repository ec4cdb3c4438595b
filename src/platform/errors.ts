/**
 * A failure that the caller can act on. Mutations answer it as a user error; nothing was changed.
 *
 * `code` is for programs, the message for people: what is wrong, and what to do. `path` leads to the argument to blame.
 */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly path: readonly string[];
  /** Name of the GraphQL type that shows `data`; CommonError shows none. */
  readonly variant: string;
  readonly data: Readonly<Record<string, unknown>>;

  constructor(
    readonly code: string,
    message: string,
    more: {
      readonly path?: readonly string[];
      readonly variant?: string;
      readonly data?: Readonly<Record<string, unknown>>;
    } = {},
  ) {
    super(message);
    this.path = more.path ?? [];
    this.variant = more.variant ?? 'CommonError';
    this.data = more.data ?? {};
  }
}

/** The process cannot start or go on: the message is printed alone, without a stack, and the exit code is 1. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}
