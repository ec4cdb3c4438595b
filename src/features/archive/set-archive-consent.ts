import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';

/**
 * Says for the customer who calls whether what they write may be archived. Who agrees again has agreed since the first time.
 * Without consent nothing more is archived, and nothing archived is inherited; what is there stays.
 *
 * Refuses CUSTOMER_CONTACT_DISABLED.
 */
export async function setArchiveConsent(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'customer' }>>,
  agreed: boolean,
): Promise<{ customerId: string }> {
  const { id: customerId, enterpriseId } = caller.actor;
  return inTransaction(app, async (tx) => {
    await requireCustomerContact(tx, enterpriseId);
    const now = agreed ? app.clock.now() : null;
    const [consent] = await tx.$queryRaw<{ before: Date | null; after: Date | null }[]>`
      UPDATE customer c
      SET archive_consent_at = CASE WHEN ${agreed} THEN coalesce(c.archive_consent_at, ${now}::timestamptz) END
      FROM (SELECT id, archive_consent_at FROM customer WHERE id = ${customerId}::uuid FOR UPDATE) was
      WHERE c.id = was.id RETURNING was.archive_consent_at AS before, c.archive_consent_at AS after`;
    await recordAudit(app, tx, caller, {
      action: 'setArchiveConsent',
      subject: { type: 'Customer', id: customerId },
      detail: {
        before: { archiveConsentAt: consent?.before?.toISOString() ?? null },
        after: { archiveConsentAt: consent?.after?.toISOString() ?? null },
      },
    });
    return { customerId };
  });
}
