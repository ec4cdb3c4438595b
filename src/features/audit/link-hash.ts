import { createHash } from 'node:crypto';
import type { AuditOutcome, ActorKind } from '../../generated/prisma/enums.js';

/** A record of the audit log, with all that its hash covers. */
export interface AuditRecord {
  readonly id: string;
  readonly enterpriseId: string;
  readonly at: Date;
  readonly action: string;
  readonly outcome: AuditOutcome;
  readonly code: string | null;
  readonly actorKind: ActorKind;
  readonly actorId: string | null;
  readonly actorName: string;
  readonly subjectType: string | null;
  readonly subjectId: string | null;
  readonly transferId: string | null;
  readonly requestId: string | null;
  readonly address: string | null;
  /** Whose AUDIT shows it, as it was filed when it was written; null: super administrators alone. */
  readonly departmentId: string | null;
  /** JSON. */
  readonly detail: unknown;
}

/** A record in its place of the chain. */
export interface SealedRecord {
  readonly enterpriseId: string;
  readonly sequence: number;
  /** In hex. */
  readonly hash: string;
  /** Null: the place is there, the record is not. */
  readonly record: AuditRecord | null;
}

/** The hash before the first record. */
export const chainStart = '0'.repeat(64);

/**
 * The hash of a record in its place: SHA-256 over the 32 bytes of the hash before it and, in UTF-8, the JSON list of the
 * sequence and the record's values, in the order below, `at` as ISO 8601 and objects with sorted keys. In hex.
 *
 * Whoever has an export can compute it without Baton. What is hashed must stay as it is: chains of before would break.
 */
export function linkHash(previous: string, sequence: number, record: AuditRecord): string {
  return hashOver(previous, [...valuesOf(sequence, record), record.departmentId]);
}

/** The same without the department, the last of the values: the hash of records that were sealed before it was among them. */
export function firstLinkHash(previous: string, sequence: number, record: AuditRecord): string {
  return hashOver(previous, valuesOf(sequence, record));
}

/**
 * Whether this is the hash of the record in its place, by the values of now or by those of before. Nothing beside it says which,
 * so there is nothing to change: a list of one length has no hash of a list of the other, and who makes a hash anew has to make all after it.
 */
export function isLinkHash(hash: string, previous: string, sequence: number, record: AuditRecord): boolean {
  return linkHash(previous, sequence, record) === hash || firstLinkHash(previous, sequence, record) === hash;
}

function valuesOf(sequence: number, record: AuditRecord): unknown[] {
  const { id, enterpriseId, at, action, outcome, code, actorKind, actorId, actorName } = record;
  const { subjectType, subjectId, transferId, requestId, address, detail } = record;
  const what = [sequence, id, enterpriseId, at.toISOString(), action, outcome, code, actorKind, actorId, actorName];
  return [...what, subjectType, subjectId, transferId, requestId, address, sorted(detail)];
}

function hashOver(previous: string, values: readonly unknown[]): string {
  return createHash('sha256').update(previous, 'hex').update(JSON.stringify(values)).digest('hex');
}

/** The same JSON with the keys of every object in one order: the database keeps them in another than they came in. */
function sorted(json: unknown): unknown {
  if (Array.isArray(json)) return json.map(sorted);
  if (typeof json !== 'object' || json === null) return json;
  const entries = Object.entries(json).sort(([a], [b]) => (a < b ? -1 : 1));
  // Without a prototype, "__proto__" is a key like any other.
  return Object.assign(
    Object.create(null) as object,
    Object.fromEntries(entries.map(([key, value]) => [key, sorted(value)])),
  );
}
