import type { AddWay } from '../../generated/prisma/enums.js';
import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { requireText } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { beginRelation, requireServingMember } from './begin-relation.js';
import { longest, noSuch } from './customers.errors.js';
import { mayAddRelationFor } from './customers.policy.js';
import { isToBeServed } from './sight.store.js';
import { holdTags, putTags, requireTagsAllowed } from './put-tags.js';

/** Who serves whom from now on, with what is noted about it. */
export interface NewRelation {
  readonly memberId: string;
  readonly customerId: string;
  readonly remark?: string | null;
  readonly description?: string | null;
  /** Default: now. */
  readonly addedAt?: Date | null;
  readonly addWay?: AddWay | null;
  readonly tagIds?: readonly string[] | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Makes a member serve a customer of the enterprise, beside those who serve them already.
 *
 * Refuses FORBIDDEN to a member who names another, ALREADY_SERVED with the relation that there is, NOT_FOUND for an
 * unknown member, customer or tag, and for a customer of others, see `isToBeServed`, MEMBER_NOT_ACTIVE, TAG_NOT_ALLOWED, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function addRelation(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  input: NewRelation,
): Promise<{ relationId: string }> {
  const { memberId, customerId } = input;
  const { actor } = caller;
  const { enterpriseId } = actor;
  const remark = requireText(input.remark ?? '', 'remark', longest.remark);
  const description = requireText(input.description ?? '', 'description', longest.description);
  const now = app.clock.now();
  const addedAt = input.addedAt ?? now;
  if (addedAt > now) {
    throw new Refusal('INVALID_INPUT', 'addedAt must not be in the future. Leave it out for now.', {
      path: ['input', 'addedAt'],
    });
  }
  if (!mayAddRelationFor(actor, memberId)) {
    throw new Refusal(
      'FORBIDDEN',
      'Only an administrator with the right ASSIGN adds customers for somebody else. Name yourself as memberId.',
      {
        path: ['input', 'memberId'],
      },
    );
  }
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key: input.idempotencyKey, operation: 'addRelation', arguments: input }, async () => {
      await requireCustomerContact(tx, enterpriseId);
      const serving = await requireServingMember(tx, actor, memberId, 'memberId');
      if (!(await isToBeServed(tx, actor, customerId))) throw noSuch('customer', 'customerId');
      const relationId = await beginRelation(app, tx, {
        ...{ enterpriseId, memberId, customerId, remark, description, addedAt },
        addWay: input.addWay ?? 'UNKNOWN',
      });
      const relations = [{ id: relationId, ...serving }];
      const tags = await holdTags(tx, actor, input.tagIds ?? [], 'tagIds');
      requireTagsAllowed(actor, relations, tags, 'tagIds');
      await putTags(tx, actor, relations, tags);
      await recordAudit(app, tx, caller, {
        action: 'addRelation',
        subject: { type: 'Relation', id: relationId },
        detail: { memberId, customerId, remark, addedAt: addedAt.toISOString(), tagIds: [...(input.tagIds ?? [])] },
      });
      return { relationId };
    }),
  );
}
