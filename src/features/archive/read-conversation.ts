import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import type { KeysetPage } from '../../platform/db/keyset.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { optionalText, requireName } from '../../platform/text.js';
import { mayAuditConversation } from './archive.policy.js';
import type { MessageRow } from './archive.store.js';
import { findConversation, listConversation } from './read-conversation.store.js';

/** Whose conversation an administrator reads, why, and which page of it. */
export interface ConversationReading {
  readonly memberId: string;
  readonly customerId: string;
  readonly reason: string;
  /** Only messages in which this is found. */
  readonly search?: string | null;
  readonly page: KeysetPage;
}

/** Most characters of a reason, and of a search. */
export const readingLimits = { reason: 500, search: 200 } as const;

/**
 * A page of what a member and a customer wrote to each other, and one message more, in reading direction; on record before
 * it is answered: who read how much of whose conversation, and why. Two who never wrote have an empty one.
 *
 * Refuses NOT_FOUND, also for a member whom the reader's AUDIT does not reach, ARCHIVE_DISABLED where the enterprise archives no more, ARCHIVE_NOT_AGREED where the customer agrees no
 * more, INVALID_INPUT.
 */
export async function readConversation(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  { memberId, customerId, page, ...input }: ConversationReading,
): Promise<{ messages: MessageRow[] }> {
  const { enterpriseId } = caller.actor;
  const reason = requireName(input.reason, 'reason', readingLimits.reason);
  const search = optionalText(input.search, 'search', readingLimits.search);
  const conversation = await findConversation(app, enterpriseId, { memberId, customerId });
  if (!conversation || !mayAuditConversation(caller.actor, { memberId, ...conversation })) {
    throw new Refusal('NOT_FOUND', 'There is no such member or customer, or they are not yours to see.', {
      path: ['input'],
    });
  }
  if (!conversation.archiveEnabled) {
    throw new Refusal(
      'ARCHIVE_DISABLED',
      'The company does not archive conversations: nobody reads what was archived.',
    );
  }
  if (!conversation.agreed) {
    throw new Refusal(
      'ARCHIVE_NOT_AGREED',
      'The customer does not agree to the archive: nobody reads what was archived.',
    );
  }
  const messages = await listConversation(app, enterpriseId, conversation.id, { search, page });
  const shown = messages.slice(0, page.limit).map(({ sentAt }) => sentAt);
  const at = (micros: number) => new Date(Math.floor(micros / 1000)).toISOString();
  // After the look, since it says what was seen, and before the answer: what cannot be recorded is not answered.
  await inTransaction(app, (tx) =>
    recordAudit(app, tx, caller, {
      action: 'readConversation',
      subject: { type: 'Member', id: memberId },
      detail: {
        memberId,
        customerId,
        conversationId: conversation.id,
        reason,
        search,
        messageCount: shown.length,
        ...(shown.length > 0 && { oldest: at(Math.min(...shown)), newest: at(Math.max(...shown)) }),
      },
    }),
  );
  return { messages };
}
