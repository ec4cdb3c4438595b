import type { CustomerKind } from '../../generated/prisma/enums.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { isSuper } from '../../platform/rights.js';
import { optionalText, requireName } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { beginRelation, requireServingMember } from './begin-relation.js';
import { longest } from './customers.errors.js';
import { mayAddRelationFor } from './customers.policy.js';

/** A new customer, as the company knows them. */
export interface NewCustomer {
  readonly externalUserId: string;
  readonly name: string;
  readonly kind: CustomerKind;
  readonly corpName?: string | null;
  readonly region?: string | null;
  readonly city?: string | null;
  readonly businessType?: string | null;
  /** Who serves the customer from now on. Default: the caller, or nobody when the caller is a super administrator. */
  readonly servedBy?: string | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Adds a customer to the caller's enterprise, and the relation of who serves them.
 *
 * Refuses ALREADY_EXISTS for a taken externalUserId, FORBIDDEN to a member who names another, NOT_FOUND and
 * MEMBER_NOT_ACTIVE for who shall serve, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function createCustomer(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  input: NewCustomer,
): Promise<{ customerId: string; relationId: string | null }> {
  const { actor } = caller;
  const { enterpriseId } = actor;
  const externalUserId = requireName(input.externalUserId, 'externalUserId', longest.name);
  const name = requireName(input.name, 'name', longest.name);
  const about = {
    corpName: optionalText(input.corpName, 'corpName', longest.name),
    region: optionalText(input.region, 'region', longest.name),
    city: optionalText(input.city, 'city', longest.name),
    businessType: optionalText(input.businessType, 'businessType', longest.name),
  };
  const memberId = input.servedBy ?? (isSuper(actor) ? null : actor.id);
  if (memberId !== null && !mayAddRelationFor(actor, memberId)) {
    throw new Refusal(
      'FORBIDDEN',
      'Only an administrator with the right ASSIGN adds customers for somebody else. Leave servedBy out.',
      {
        path: ['input', 'servedBy'],
      },
    );
  }
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key: input.idempotencyKey, operation: 'createCustomer', arguments: input }, async () => {
      await requireCustomerContact(tx, enterpriseId);
      if (memberId !== null) await requireServingMember(tx, actor, memberId, 'servedBy');
      const customerId = app.ids.next();
      const now = app.clock.now();
      const created = await tx.$executeRaw`
        INSERT INTO customer (id, enterprise_id, external_user_id, name, kind, corp_name, region, city, business_type, created_at)
        VALUES (${customerId}::uuid, ${enterpriseId}::uuid, ${externalUserId}, ${name}, ${input.kind}::"CustomerKind",
                ${about.corpName}, ${about.region}, ${about.city}, ${about.businessType}, ${now})
        ON CONFLICT (enterprise_id, external_user_id) DO NOTHING`;
      if (created === 0) {
        throw new Refusal('ALREADY_EXISTS', 'There is a customer with this externalUserId already.', {
          path: ['input', 'externalUserId'],
        });
      }
      const relationId =
        memberId === null ? null : await beginRelation(app, tx, { enterpriseId, memberId, customerId, addedAt: now });
      await recordAudit(app, tx, caller, {
        action: 'createCustomer',
        subject: { type: 'Customer', id: customerId },
        detail: { externalUserId, name, kind: input.kind, ...about, servedBy: memberId, relationId },
      });
      return { customerId, relationId };
    }),
  );
}
