import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireName } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { longestName, noSuchTag, onlyAdministrators, tagExists } from './tags.errors.js';
import { mayChangeTag, tagSightOf } from './tags.policy.js';
import { findTag, findTagByName, lockTagNames } from './tags.store.js';

/**
 * Calls a tag something else, on every relation that carries it: a CORP one by an administrator, a PERSONAL one by its owner.
 *
 * Refuses NOT_FOUND, also for another member's own, FORBIDDEN for a CORP tag to who is no administrator, ALREADY_EXISTS,
 * with the tag, for a name that is taken there, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function updateTag(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Caller['actor'], { kind: 'member' }>>,
  input: { readonly tagId: string; readonly name: string },
): Promise<{ tagId: string }> {
  const { actor } = caller;
  const { tagId } = input;
  const name = requireName(input.name, 'name', longestName);
  return inTransaction(app, async (tx) => {
    await requireCustomerContact(tx, actor.enterpriseId);
    const seen = await findTag(tx, tagSightOf(actor), tagId);
    if (!seen) throw noSuchTag('tagId');
    if (!mayChangeTag(actor, seen)) throw onlyAdministrators('tagId');
    await lockTagNames(tx, seen.memberId ?? actor.enterpriseId);
    // Again, behind the lock: it may be gone, or called something else by now.
    const tag = await findTag(tx, tagSightOf(actor), tagId);
    if (!tag) throw noSuchTag('tagId');
    const known = await findTagByName(tx, tag, name);
    if (known !== null && known !== tagId) throw tagExists(name, known);
    await tx.tag.updateMany({ where: { id: tagId }, data: { name } });
    await recordAudit(app, tx, caller, {
      action: 'updateTag',
      subject: { type: 'Tag', id: tagId },
      detail: { before: { name: tag.name }, after: { name } },
    });
    return { tagId };
  });
}
