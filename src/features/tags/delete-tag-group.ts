import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { noSuchTagGroup } from './tags.errors.js';
import { lockTagNames } from './tags.store.js';

/**
 * Removes a tag group that has no tags. The caller is an administrator.
 *
 * Refuses NOT_FOUND, also for one that is gone, TAG_GROUP_NOT_EMPTY while a tag stands in it, CUSTOMER_CONTACT_DISABLED.
 */
export async function deleteTagGroup(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Caller['actor'], { kind: 'member' }>>,
  tagGroupId: string,
): Promise<{ deletedTagGroupId: string }> {
  const { enterpriseId } = caller.actor;
  return inTransaction(app, async (tx) => {
    await requireCustomerContact(tx, enterpriseId);
    // Whoever puts a tag in a group holds this too, so no tag comes in between the count and the end of the group.
    await lockTagNames(tx, enterpriseId);
    const group = await tx.tagGroup.findFirst({ where: { id: tagGroupId, enterpriseId } });
    if (!group) throw noSuchTagGroup('tagGroupId');
    const tags = await tx.tag.count({ where: { enterpriseId, groupId: tagGroupId } });
    if (tags > 0) {
      throw new Refusal('TAG_GROUP_NOT_EMPTY', `There are ${tags} tags in "${group.name}". Delete them first.`, {
        path: ['input', 'tagGroupId'],
      });
    }
    await tx.tagGroup.delete({ where: { id: tagGroupId } });
    await recordAudit(app, tx, caller, {
      action: 'deleteTagGroup',
      subject: { type: 'TagGroup', id: tagGroupId },
      detail: { name: group.name },
    });
    return { deletedTagGroupId: tagGroupId };
  });
}
