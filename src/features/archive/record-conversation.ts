import type { MessageDirection } from '../../generated/prisma/enums.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { mayEditRelation, touched } from '../customers/customers.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { digestOfMessage, digestOfMessageKey, messageId } from './message-id.js';

/** One message, as the messenger has it. */
export interface SentMessage {
  readonly sentAt: Date;
  readonly direction: MessageDirection;
  readonly text: string;
  /** The messenger's own id of it, when it has one. */
  readonly id?: string | null;
}

/** What member and customer wrote to each other. */
export interface RecordedConversation {
  readonly relationId: string;
  readonly messages: readonly SentMessage[];
  readonly idempotencyKey?: string | null;
}

/** Most messages of one call, and most characters of a message and of its id. */
export const conversationLimits = { messages: 100, text: 4000, id: 200 } as const;

/**
 * Notes on a relation that the two wrote to each other, and archives what they wrote, where the enterprise archives and the
 * customer agreed; elsewhere the text is dropped. By the member who serves, or an administrator. A message is archived once,
 * however often it comes: it is known by its id or, without one, by what it says, as the import knows it. `archivedCount`
 * are those that were not there yet. A repetition touches nothing.
 *
 * Refuses NOT_FOUND, also for a relation that is somebody else's or has moved on, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function recordConversation(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  input: RecordedConversation,
): Promise<{ relationId: string; archivedCount: number }> {
  const { relationId, messages } = input;
  const { enterpriseId } = caller.actor;
  requireMessages(messages, app.clock.now());
  return inTransaction(app, (tx) =>
    once(
      app,
      tx,
      caller,
      { key: input.idempotencyKey, operation: 'recordConversation', arguments: input },
      async () => {
        await requireCustomerContact(tx, enterpriseId);
        const relation = await lockRelation(tx, enterpriseId, relationId);
        if (!relation || !mayEditRelation(caller.actor, relation)) {
          throw new Refusal('NOT_FOUND', 'There is no such relation, or it is not yours.', {
            path: ['input', 'relationId'],
          });
        }
        const archivedCount = relation.isArchived ? await archive(app, tx, enterpriseId, relation, messages) : 0;
        const last = new Date(Math.max(...messages.map(({ sentAt }) => sentAt.getTime())));
        await tx.$executeRaw`
        UPDATE relation r SET last_message_at = greatest(r.last_message_at, ${last}::timestamptz), ${touched(['CONVERSATION'])}
        WHERE r.id = ${relationId}::uuid
          AND (${archivedCount > 0} OR r.last_message_at IS NULL OR r.last_message_at < ${last}::timestamptz)`;
        const { memberId, customerId } = relation;
        await recordAudit(app, tx, caller, {
          action: 'recordConversation',
          subject: { type: 'Relation', id: relationId },
          detail: { memberId, customerId, messageCount: messages.length, archivedCount, last: last.toISOString() },
        });
        return { relationId, archivedCount };
      },
    ),
  );
}

function requireMessages(messages: readonly SentMessage[], now: Date): void {
  if (messages.length < 1 || messages.length > conversationLimits.messages) {
    throw new Refusal(
      'INVALID_INPUT',
      `messages takes 1 to ${conversationLimits.messages} messages, got ${messages.length}.`,
      { path: ['input', 'messages'] },
    );
  }
  messages.forEach(({ sentAt, text, id }, place) => {
    const refuse = (field: string, range: string) => {
      throw new Refusal('INVALID_INPUT', `messages.${place}.${field} must ${range}.`, {
        path: ['input', 'messages', String(place), field],
      });
    };
    if (sentAt > now || sentAt.getUTCFullYear() < 1900) refuse('sentAt', 'be from 1900 to now');
    const { text: longest, id: longestId } = conversationLimits;
    if (!isName(text, longest)) refuse('text', `have 1 to ${longest} characters, not only blanks`);
    if (id != null && !isName(id, longestId)) refuse('id', `have 1 to ${longestId} characters, not only blanks`);
  });
}

function isName(text: string, longest: number): boolean {
  return text.trim() !== '' && [...text].length <= longest;
}

interface LockedRelation {
  readonly memberId: string;
  readonly departmentId: string | null;
  readonly customerId: string;
  readonly userId: string;
  readonly externalUserId: string;
  readonly isArchived: boolean;
}

// The customer's row as well: who withdraws the consent waits, or is obeyed.
async function lockRelation(tx: Tx, enterpriseId: string, relationId: string): Promise<LockedRelation | undefined> {
  const [relation] = await tx.$queryRaw<LockedRelation[]>`
    SELECT r.member_id AS "memberId", m.department_id AS "departmentId", r.customer_id AS "customerId", m.user_id AS "userId",
           c.external_user_id AS "externalUserId", e.archive_enabled AND c.archive_consent_at IS NOT NULL AS "isArchived"
    FROM relation r JOIN member m ON m.id = r.member_id JOIN customer c ON c.id = r.customer_id
    JOIN enterprise e ON e.id = r.enterprise_id
    WHERE r.enterprise_id = ${enterpriseId}::uuid AND r.id = ${relationId}::uuid AND r.status = 'ACTIVE'
    FOR NO KEY UPDATE OF r FOR SHARE OF c`;
  return relation;
}

/** Adds those that are not there yet to the conversation of the two, which begins with the first one. */
async function archive(
  app: Pick<App, 'ids'>,
  tx: Tx,
  enterpriseId: string,
  relation: LockedRelation,
  messages: readonly SentMessage[],
): Promise<number> {
  const { memberId, customerId } = relation;
  await tx.$executeRaw`
    INSERT INTO conversation (id, enterprise_id, member_id, customer_id)
    VALUES (${app.ids.next()}::uuid, ${enterpriseId}::uuid, ${memberId}::uuid, ${customerId}::uuid)
    ON CONFLICT DO NOTHING`;
  return tx.$executeRaw`
    INSERT INTO archived_message (id, enterprise_id, conversation_id, member_id, sent_at, direction, text)
    SELECT g.id, v.enterprise_id, v.id, v.member_id, g."sentAt", g.direction, g.text
    FROM jsonb_to_recordset(${JSON.stringify(withIds(enterpriseId, relation, messages))}::jsonb)
      AS g(id uuid, "sentAt" timestamptz, direction "MessageDirection", text text)
    JOIN conversation v ON v.enterprise_id = ${enterpriseId}::uuid AND v.member_id = ${memberId}::uuid
      AND v.customer_id = ${customerId}::uuid
    ON CONFLICT DO NOTHING`;
}

/** The messages with the ids that they have in the archive; equal ones are told apart by their order. */
function withIds(enterpriseId: string, relation: LockedRelation, messages: readonly SentMessage[]) {
  const seen = new Map<string, number>();
  return messages.map(({ id: key, sentAt: sent, direction, text }) => {
    const sentAt = sent.toISOString();
    if (key != null) {
      return { id: messageId(enterpriseId, digestOfMessageKey(relation, key), 0), sentAt, direction, text };
    }
    const digest = digestOfMessage({ ...relation, sentAt, direction, text });
    const ordinal = seen.get(digest.toString('hex')) ?? 0;
    seen.set(digest.toString('hex'), ordinal + 1);
    return { id: messageId(enterpriseId, digest, ordinal), sentAt, direction, text };
  });
}
