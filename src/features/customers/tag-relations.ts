import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { Refusal } from '../../platform/errors.js';
import { recordAudit, type AuditEntry } from '../../platform/events/audit.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { requireCount, tagRelationsLimits } from './customers.errors.js';
import { holdRelations, holdSelectedRelations, type RelationSelection } from './hold-relations.js';
import { holdTags, putTags, requireTagsAllowed, takeTags, type HeldRelation, type HeldTag } from './put-tags.js';

type MemberActor = Extract<Actor, { kind: 'member' }>;

/** Which tags go on and off which relations: those that are named, or those that are selected. */
export interface TaggingChange {
  readonly relationIds?: readonly string[] | null;
  readonly selection?: RelationSelection | null;
  readonly addTagIds?: readonly string[] | null;
  readonly removeTagIds?: readonly string[] | null;
}

// 100,000 relations take a few seconds, more than the default lets a transaction last where the machine is busy.
const timeoutMs = 60_000;
const chunkSize = 10_000;

/**
 * Puts tags on active relations and takes tags off, on all of them or on none. Safe to do twice. `changedCount` are the
 * relations that got or lost one; `relationIds` those that were named, in order.
 *
 * Refuses NOT_FOUND for the first relation or tag that there is not, or that is somebody else's, and for another member's
 * customers to who is no administrator, TAG_NOT_ALLOWED for a PERSONAL tag on another member's relation, INVALID_INPUT,
 * CUSTOMER_CONTACT_DISABLED.
 */
export async function tagRelations(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<MemberActor>,
  input: TaggingChange,
): Promise<{ relationIds: string[]; changedCount: number }> {
  const { actor } = caller;
  const { relationIds, selection } = input;
  const addTagIds = input.addTagIds ?? [];
  const removeTagIds = input.removeTagIds ?? [];
  requireArguments(relationIds, selection);
  requireTagIds(addTagIds, removeTagIds);
  return inTransaction(
    app,
    async (tx) => {
      await requireCustomerContact(tx, actor.enterpriseId);
      const relations = selection
        ? await holdSelectedRelations(tx, actor, selection, app.clock.now())
        : await holdRelations(tx, actor, relationIds ?? []);
      const added = await holdTags(tx, actor, addTagIds, 'addTagIds');
      const removed = await holdTags(tx, actor, removeTagIds, 'removeTagIds');
      requireTagsAllowed(actor, relations, added, 'addTagIds');
      const changedCount = await change(tx, actor, relations, added, removed);
      const subject = subjectOf(relations) ?? memberSelected(selection);
      await recordAudit(app, tx, caller, {
        action: 'tagRelations',
        ...(subject && { subject }),
        detail: {
          ...(selection ? { selection: { ...selection } as object } : { relationIds: [...(relationIds ?? [])] }),
          ...{ added: [...addTagIds], removed: [...removeTagIds], relationCount: relations.length, changedCount },
        },
      });
      return { relationIds: selection ? [] : relations.map(({ id }) => id), changedCount };
    },
    { timeoutMs },
  );
}

/** Whom the record is about: the relation where it is one, else the one member, or the one department, who serve all of them. */
function subjectOf(relations: readonly HeldRelation[]): AuditEntry['subject'] {
  const one = <T>(values: readonly T[]) => (new Set(values).size === 1 ? values[0] : undefined);
  const [relationId, memberId, departmentId] = [
    one(relations.map(({ id }) => id)),
    one(relations.map((relation) => relation.memberId)),
    one(relations.map((relation) => relation.departmentId)),
  ];
  if (relationId !== undefined) return { type: 'Relation', id: relationId };
  if (memberId !== undefined) return { type: 'Member', id: memberId };
  return departmentId == null ? undefined : { type: 'Department', id: departmentId };
}

function memberSelected(selection: RelationSelection | null | undefined): AuditEntry['subject'] {
  return selection?.memberId == null ? undefined : { type: 'Member', id: selection.memberId };
}

/** In chunks, so that no statement holds the one connection of an embedded database for long. */
async function change(
  tx: Tx,
  actor: MemberActor,
  relations: readonly HeldRelation[],
  added: readonly HeldTag[],
  removed: readonly HeldTag[],
): Promise<number> {
  let count = 0;
  for (let from = 0; from < relations.length; from += chunkSize) {
    const chunk = relations.slice(from, from + chunkSize);
    const got = await putTags(tx, actor, chunk, added);
    const lost = await takeTags(tx, actor, chunk, removed);
    count += new Set([...got, ...lost]).size;
  }
  return count;
}

function requireArguments(
  relationIds: readonly string[] | null | undefined,
  selection: RelationSelection | null | undefined,
): void {
  if ((relationIds == null) === (selection == null)) {
    throw new Refusal('INVALID_INPUT', 'Give relationIds or selection, one of them.', { path: ['input'] });
  }
  if (relationIds != null) requireCount('relationIds', relationIds, 1, tagRelationsLimits.relations);
}

function requireTagIds(addTagIds: readonly string[], removeTagIds: readonly string[]): void {
  requireCount('addTagIds', addTagIds, 0, tagRelationsLimits.tags);
  requireCount('removeTagIds', removeTagIds, 0, tagRelationsLimits.tags);
  if (addTagIds.length + removeTagIds.length === 0) {
    throw new Refusal('INVALID_INPUT', 'Give addTagIds or removeTagIds, or both.', { path: ['input'] });
  }
  const both = removeTagIds.findIndex((id) => addTagIds.includes(id));
  if (both >= 0) {
    throw new Refusal('INVALID_INPUT', 'A tag is either added or removed, not both.', {
      path: ['input', 'removeTagIds', String(both)],
    });
  }
}
