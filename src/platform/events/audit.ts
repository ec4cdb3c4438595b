import type { Prisma } from '../../generated/prisma/client.js';
import type { Caller } from '../actor.js';
import type { App } from '../app.js';
import { ownItemsDigest } from '../db/item-digest.js';
import { inTransaction, type Tx } from '../db/transaction.js';

/** One line of the audit log, as a use case hands it over. */
export interface AuditEntry {
  /** Id of the record, where items stand under it in audit_item already: it keeps how many, and a digest over them. */
  readonly id?: string;
  /** The mutation's name, or the name of what the system did. */
  readonly action: string;
  readonly subject?: { readonly type: string; readonly id: string };
  readonly transferId?: string;
  /** What was asked and what it changed; JSON without secrets. */
  readonly detail?: Prisma.InputJsonObject;
}

/** Appends what was done, in the transaction that did it: both are there or neither. */
export async function recordAudit(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  entry: AuditEntry,
): Promise<void> {
  const items = entry.id === undefined ? null : await itemsOf(tx, entry.id);
  const detail = { ...entry.detail, ...items };
  await tx.auditEvent.create({ data: { ...rowOf(app, caller, { ...entry, detail }), outcome: 'SUCCESS' } });
}

/** Appends several at once, each by a caller of its own. One statement. */
export async function recordAudits(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  records: readonly (AuditEntry & { readonly caller: Caller })[],
): Promise<void> {
  const data = records.map(({ caller, ...entry }) => ({ ...rowOf(app, caller, entry), outcome: 'SUCCESS' as const }));
  await tx.auditEvent.createMany({ data });
}

/** Appends what could not be done, in the transaction in which the rest was: it does not undo what the transaction did. */
export async function recordOmission(
  app: Pick<App, 'clock' | 'ids'>,
  tx: Tx,
  caller: Caller,
  entry: AuditEntry,
  { code, message }: { readonly code: string; readonly message: string },
): Promise<void> {
  const row = rowOf(app, caller, { ...entry, detail: { ...entry.detail, message } });
  await tx.auditEvent.create({ data: { ...row, outcome: 'REFUSED', code } });
}

/** Appends a refused attempt, in a transaction of its own: the refused work has been rolled back. */
export async function recordRefusal(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller,
  action: string,
  refusal: { readonly code: string; readonly message: string },
): Promise<void> {
  const row = rowOf(app, caller, { action, detail: { message: refusal.message } });
  await inTransaction(app, (tx) =>
    tx.auditEvent.create({ data: { ...row, outcome: 'REFUSED', code: refusal.code } }).then(() => undefined),
  );
}

/** How many items stand under this record, and the digest over them; null: none. */
export async function itemsOf(tx: Tx, id: string): Promise<{ items: number; digest: string } | null> {
  const [found] = await tx.$queryRaw<{ items: number; digest: string | null }[]>`
    SELECT count(*)::int AS items, ${ownItemsDigest} AS digest FROM audit_item i WHERE i.audit_event_id = ${id}::uuid`;
  return found?.digest ? { items: found.items, digest: found.digest } : null;
}

function rowOf(app: Pick<App, 'clock' | 'ids'>, caller: Caller, entry: AuditEntry) {
  const { actor } = caller;
  return {
    id: entry.id ?? app.ids.next(),
    enterpriseId: actor.enterpriseId,
    at: app.clock.now(),
    action: entry.action,
    actorKind: actor.kind === 'member' ? 'MEMBER' : actor.kind === 'customer' ? 'CUSTOMER' : 'SYSTEM',
    actorId: actor.id,
    actorName: actor.name,
    subjectType: entry.subject?.type ?? null,
    subjectId: entry.subject?.id ?? null,
    transferId: entry.transferId ?? null,
    requestId: caller.requestId,
    address: caller.address,
    detail: entry.detail ?? {},
  } as const;
}
