/** Why the database could do nothing, as the codes that clients get. */
export type Outage = 'UNAVAILABLE' | 'OVERLOADED' | 'STORAGE_FULL';

/** Codes of the operating system, of PostgreSQL (SQLSTATE) and of Prisma, by what they mean to whoever waits. */
const outages: ReadonlyMap<string, Outage> = new Map([
  ...[
    ...['ECONNREFUSED', 'ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'EHOSTUNREACH', 'ENETUNREACH', 'ENOTFOUND', 'EAI_AGAIN'],
    // The server shuts down, crashed, or is not up yet.
    ...['57P01', '57P02', '57P03', '08000', '08001', '08003', '08004', '08006'],
    ...['P1001', 'P1002', 'P1008', 'P1017'],
  ].map((code) => [code, 'UNAVAILABLE'] as const),
  // No line of the pool, or waited too long for one, or for rows that others hold, or gave way to others each time it was tried.
  ...['53300', '53400', 'P2024', 'P2028', 'P2034', 'P2037', '40001', '40P01', '55P03', '57014'].map(
    (code) => [code, 'OVERLOADED'] as const,
  ),
  ...['53100', 'ENOSPC', 'EDQUOT', 'EFBIG'].map((code) => [code, 'STORAGE_FULL'] as const),
]);

/** What has no code but words: of pg, of its pool, of Prisma's transactions, and of PostgreSQL inside PGlite. */
const words: readonly (readonly [RegExp, Outage])[] = [
  [/timeout exceeded when trying to connect|Unable to start a transaction in the given time/, 'OVERLOADED'],
  [/No space left on device|Disk quota exceeded|File too large|could not extend file/, 'STORAGE_FULL'],
  [
    /Connection terminated|Client has encountered a connection error|Client was closed|The line to PostgreSQL was dead|Query read timeout|Server has closed the connection|PGlite is closed/,
    'UNAVAILABLE',
  ],
];

/**
 * Why this failure is none of the operation itself, so that the same one may succeed later; null when it is one. Looks at causes
 * too, since libraries wrap what the driver says.
 */
export function outageIn(error: unknown, depth = 0): Outage | null {
  if (typeof error !== 'object' || error === null || depth > 8) return null;
  const { code, originalCode, kind, message, cause, meta, errors } = error as {
    code?: unknown;
    originalCode?: unknown;
    kind?: unknown;
    message?: unknown;
    cause?: unknown;
    meta?: { driverAdapterError?: unknown };
    errors?: unknown;
  };
  for (const each of [code, originalCode]) {
    const outage = typeof each === 'string' ? outages.get(each) : undefined;
    if (outage) return outage;
  }
  if (kind === 'DatabaseNotReachable' || kind === 'ConnectionClosed') return 'UNAVAILABLE';
  if (kind === 'TooManyConnections') return 'OVERLOADED';
  for (const inner of [meta?.driverAdapterError, cause, ...(Array.isArray(errors) ? (errors as unknown[]) : [])]) {
    const outage = outageIn(inner, depth + 1);
    if (outage) return outage;
  }
  const told = typeof message === 'string' ? words.find(([pattern]) => pattern.test(message)) : undefined;
  return told?.[1] ?? null;
}
