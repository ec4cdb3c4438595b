import type { TagKind } from '../../generated/prisma/enums.js';
import type { Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit } from '../../platform/events/audit.js';
import { once } from '../../platform/idempotency.js';
import { requireName } from '../../platform/text.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { longestName, tagExists } from './tags.errors.js';
import { mayCreateTag } from './tags.policy.js';
import { findTagByName, lockTagNames } from './tags.store.js';

/** A new tag, and the group it goes to. */
export interface NewTag {
  readonly name: string;
  readonly kind: TagKind;
  /** For a CORP tag: the group it goes to, or the name of one, which is made when there is none. */
  readonly groupId?: string | null;
  readonly groupName?: string | null;
  readonly idempotencyKey?: string | null;
}

/**
 * Makes a tag: a CORP one in a group, by an administrator, or a PERSONAL one of the caller's own.
 *
 * Refuses FORBIDDEN for a CORP tag to anyone else, ALREADY_EXISTS (with the tag) for a name that the group or the member
 * has already, NOT_FOUND for an unknown group, INVALID_INPUT, CUSTOMER_CONTACT_DISABLED.
 */
export async function createTag(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Caller['actor'], { kind: 'member' }>>,
  input: NewTag,
): Promise<{ tagId: string }> {
  const name = requireName(input.name, 'name', longestName);
  const { actor } = caller;
  const { enterpriseId } = actor;
  if (!mayCreateTag(actor, input.kind)) {
    throw new Refusal(
      'FORBIDDEN',
      'CORP tags are made by administrators. Make a PERSONAL one, or ask an administrator.',
      {
        path: ['input', 'kind'],
      },
    );
  }
  requireGroupArguments(input);
  return inTransaction(app, (tx) =>
    once(app, tx, caller, { key: input.idempotencyKey, operation: 'createTag', arguments: input }, async () => {
      await requireCustomerContact(tx, enterpriseId);
      await lockTagNames(tx, input.kind === 'CORP' ? enterpriseId : actor.id);
      const groupId = input.kind === 'CORP' ? await groupOf(app, tx, enterpriseId, input) : null;
      const memberId = input.kind === 'PERSONAL' ? actor.id : null;
      const tagId = app.ids.next();
      const created = await tx.$executeRaw`
        INSERT INTO tag (id, enterprise_id, kind, name, group_id, member_id)
        VALUES (${tagId}::uuid, ${enterpriseId}::uuid, ${input.kind}::"TagKind", ${name}, ${groupId}::uuid, ${memberId}::uuid)
        ON CONFLICT DO NOTHING`;
      if (created === 0) {
        const known = await findTagByName(tx, { groupId, memberId }, name);
        if (known !== null) throw tagExists(name, known);
      }
      await recordAudit(app, tx, caller, {
        action: 'createTag',
        subject: { type: 'Tag', id: tagId },
        detail: { name, kind: input.kind, groupId },
      });
      return { tagId };
    }),
  );
}

function requireGroupArguments({ kind, groupId, groupName }: NewTag): void {
  const given = [groupId, groupName].filter((value) => value != null).length;
  if (kind === 'PERSONAL' && given > 0) {
    throw new Refusal('INVALID_INPUT', 'A PERSONAL tag stands in no group: leave groupId and groupName out.', {
      path: ['input', groupId != null ? 'groupId' : 'groupName'],
    });
  }
  if (kind === 'CORP' && given !== 1) {
    throw new Refusal('INVALID_INPUT', 'A CORP tag stands in a group: give groupId or groupName, one of them.', {
      path: ['input', 'groupId'],
    });
  }
  if (groupName != null) requireName(groupName, 'groupName', longestName);
}

async function groupOf(app: Pick<App, 'ids'>, tx: Tx, enterpriseId: string, input: NewTag): Promise<string> {
  if (input.groupId != null) {
    const known = await tx.tagGroup.findFirst({ where: { id: input.groupId, enterpriseId } });
    if (!known) throw new Refusal('NOT_FOUND', 'There is no such tag group.', { path: ['input', 'groupId'] });
    return known.id;
  }
  const name = input.groupName ?? '';
  await tx.$executeRaw`
    INSERT INTO tag_group (id, enterprise_id, name) VALUES (${app.ids.next()}::uuid, ${enterpriseId}::uuid, ${name})
    ON CONFLICT (enterprise_id, name) DO NOTHING`;
  const group = await tx.tagGroup.findUniqueOrThrow({ where: { enterpriseId_name: { enterpriseId, name } } });
  return group.id;
}
