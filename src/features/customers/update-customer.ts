import { Prisma } from '../../generated/prisma/client.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { allOf } from '../../platform/db/conditions.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { reachOf } from '../../platform/rights.js';
import { optionalText, requireName } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { longest, noSuch } from './customers.errors.js';
import { sightOf } from './customers.policy.js';
import { servingWithin } from './sight.store.js';

/** What the company knows of a customer. Left out: stays. */
export interface CustomerChange {
  readonly customerId: string;
  readonly name?: string | null;
  /** Empty: is not known any more. */
  readonly corpName?: string | null;
  readonly region?: string | null;
  readonly city?: string | null;
  readonly businessType?: string | null;
}

type About = Record<(typeof optional)[number], string | null> & { readonly name: string };

const optional = ['corpName', 'region', 'city', 'businessType'] as const;

/**
 * Corrects what the company knows of a customer. By a member who serves them, or where ASSIGN reaches one who does. It is the customer that
 * changes and no relation: nothing is noted as touched.
 *
 * Refuses NOT_FOUND, also for a customer of somebody else, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function updateCustomer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  input: CustomerChange,
): Promise<{ customerId: string }> {
  const { customerId } = input;
  const { actor } = caller;
  const after: Partial<About> = {
    ...(input.name != null && { name: requireName(input.name, 'name', longest.name) }),
    ...Object.fromEntries(
      optional.flatMap((field) => {
        const text = input[field];
        return text == null ? [] : [[field, optionalText(text, field, longest.name)]];
      }),
    ),
  };
  if (Object.keys(after).length === 0) {
    throw new Refusal('INVALID_INPUT', `Give name, ${optional.join(', ')}, or some of them.`, { path: ['input'] });
  }
  return inTransaction(app, async (tx) => {
    await requireCustomerContact(tx, actor.enterpriseId);
    const known = await lockCustomer(tx, actor, customerId);
    if (!known) throw noSuch('customer', 'customerId');
    const before = Object.fromEntries(Object.keys(after).map((field) => [field, known[field as keyof About]]));
    await tx.customer.updateMany({ where: { id: customerId }, data: after });
    await recordAudit(app, tx, caller, {
      action: 'updateCustomer',
      subject: { type: 'Customer', id: customerId },
      detail: { before, after },
    });
    return { customerId };
  });
}

async function lockCustomer(
  tx: Tx,
  actor: Extract<Actor, { kind: 'member' }>,
  customerId: string,
): Promise<About | undefined> {
  const within = servingWithin(sightOf(actor.id, reachOf(actor, 'ASSIGN')), Prisma.sql`r.member_id`);
  const served = Prisma.sql`EXISTS (
    SELECT 1 FROM relation r
    WHERE r.enterprise_id = c.enterprise_id AND r.customer_id = c.id AND r.status = 'ACTIVE' AND ${allOf(within)})`;
  const [customer] = await tx.$queryRaw<About[]>`
    SELECT c.name, c.corp_name AS "corpName", c.region, c.city, c.business_type AS "businessType" FROM customer c
    WHERE c.enterprise_id = ${actor.enterpriseId}::uuid AND c.id = ${customerId}::uuid
      AND ${within.length === 0 ? Prisma.sql`TRUE` : served}
    FOR NO KEY UPDATE OF c`;
  return customer;
}
