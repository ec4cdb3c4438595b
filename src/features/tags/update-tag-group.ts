import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireName } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { longestName, noSuchTagGroup, tagGroupExists } from './tags.errors.js';
import { findTagGroupByName, lockTagNames } from './tags.store.js';

/**
 * Calls a tag group something else; its tags stay in it. The caller is an administrator.
 *
 * Refuses NOT_FOUND, ALREADY_EXISTS, with the group, for a name that another one has, INVALID_INPUT,
 * CUSTOMER_CONTACT_DISABLED.
 */
export async function updateTagGroup(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Caller['actor'], { kind: 'member' }>>,
  input: { readonly tagGroupId: string; readonly name: string },
): Promise<{ tagGroupId: string }> {
  const { enterpriseId } = caller.actor;
  const { tagGroupId } = input;
  const name = requireName(input.name, 'name', longestName);
  return inTransaction(app, async (tx) => {
    await requireCustomerContact(tx, enterpriseId);
    await lockTagNames(tx, enterpriseId);
    const before = await tx.tagGroup.findFirst({ where: { id: tagGroupId, enterpriseId } });
    if (!before) throw noSuchTagGroup('tagGroupId');
    const known = await findTagGroupByName(tx, enterpriseId, name);
    if (known !== null && known !== tagGroupId) throw tagGroupExists(name, known);
    await tx.tagGroup.update({ where: { id: tagGroupId }, data: { name } });
    await recordAudit(app, tx, caller, {
      action: 'updateTagGroup',
      subject: { type: 'TagGroup', id: tagGroupId },
      detail: { before: { name: before.name }, after: { name } },
    });
    return { tagGroupId };
  });
}
