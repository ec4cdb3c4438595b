/** One error of an answer, as the API told it. */
export interface ToldError {
  readonly message: string;
  readonly path?: readonly (string | number)[];
  readonly extensions?: { readonly code?: string; readonly requestId?: string } & Readonly<Record<string, unknown>>;
}

/** What ends without anybody doing anything: a fault, a database that cannot work just now, a minute that is spent. */
const passing = ['INTERNAL_SERVER_ERROR', 'UNKNOWN', 'UNAVAILABLE', 'OVERLOADED', 'STORAGE_FULL', 'RATE_LIMITED'];

/** The API refused an operation, or failed at it. The message is the first error's; `code` is for programs. */
export class BatonError extends Error {
  override readonly name = 'BatonError';
  /** E.g. UNAUTHENTICATED, FORBIDDEN, BAD_USER_INPUT, RESYNC_REQUIRED, INTERNAL_SERVER_ERROR. */
  readonly code: string;

  constructor(readonly errors: readonly ToldError[]) {
    super(errors[0]?.message ?? 'The API answered no data.');
    this.code = errors[0]?.extensions?.code ?? 'UNKNOWN';
  }

  /** Whether the same operation may succeed later, without anybody doing anything. */
  get isPassing(): boolean {
    // Of too many lines of one person or address, another may end.
    return passing.includes(this.code) || this.code.startsWith('TOO_MANY_');
  }
}

/** The socket was closed with a code after which coming back is no use, e.g. 4401 for a token that is not valid. */
export class ClosedForGoodError extends Error {
  override readonly name = 'ClosedForGoodError';

  constructor(
    readonly code: number,
    reason: string,
  ) {
    super(reason === '' ? `The API closed the connection with ${code}.` : reason);
  }
}
