import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { requireName } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { longestName, tagGroupExists } from './tags.errors.js';
import { findTagGroupByName, lockTagNames } from './tags.store.js';

/** A new group of tags. */
export interface NewTagGroup {
  readonly name: string;
  readonly idempotencyKey?: string | null;
}

/**
 * Makes an empty group for CORP tags. The caller is an administrator.
 *
 * Refuses ALREADY_EXISTS, with the group, for a name that there is, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function createTagGroup(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Caller['actor'], { kind: 'member' }>>,
  input: NewTagGroup,
): Promise<{ tagGroupId: string }> {
  const { enterpriseId } = caller.actor;
  const name = requireName(input.name, 'name', longestName);
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key: input.idempotencyKey, operation: 'createTagGroup', arguments: input }, async () => {
      await requireCustomerContact(tx, enterpriseId);
      await lockTagNames(tx, enterpriseId);
      const known = await findTagGroupByName(tx, enterpriseId, name);
      if (known !== null) throw tagGroupExists(name, known);
      const tagGroupId = app.ids.next();
      await tx.tagGroup.create({ data: { id: tagGroupId, enterpriseId, name } });
      await recordAudit(app, tx, caller, {
        action: 'createTagGroup',
        subject: { type: 'TagGroup', id: tagGroupId },
        detail: { name },
      });
      return { tagGroupId };
    }),
  );
}
