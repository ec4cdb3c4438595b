import type { Actor, Caller } from '../../platform/actor.js';
import type { App } from '../../platform/app.js';
import { inTransaction, type Tx } from '../../platform/db/transaction.js';
import { recordAudit } from '../../platform/events/audit.js';
import { requireCustomerContact } from '../enterprise/enterprise.js';
import { lockPortfolios } from '../members/members.js';
import { findTag, mayChangeTag, noSuchTag, onlyAdministrators, tagSightOf } from '../tags/tags.js';
import { touched } from './touched.js';

const timeoutMs = 60_000;

/**
 * Removes a tag, and takes it off every relation: a CORP one by an administrator, a PERSONAL one by its owner.
 * `removedFromCount` are the relations that carried it, those that have ended included. 100,000 of them take seconds.
 *
 * Refuses NOT_FOUND, also for another member's own tag and for one that is gone, FORBIDDEN for a CORP tag to who is no
 * administrator, CUSTOMER_CONTACT_DISABLED.
 */
export async function deleteTag(
  app: Pick<App, 'db' | 'wakeup' | 'clock' | 'ids'>,
  caller: Caller<Extract<Actor, { kind: 'member' }>>,
  tagId: string,
): Promise<{ deletedTagId: string; removedFromCount: number }> {
  const { actor } = caller;
  const { enterpriseId } = actor;
  return inTransaction(
    app,
    async (tx) => {
      await requireCustomerContact(tx, enterpriseId);
      const tag = await findTag(tx, tagSightOf(actor), tagId);
      if (!tag) throw noSuchTag('tagId');
      if (!mayChangeTag(actor, tag)) throw onlyAdministrators('tagId');
      await holdCarriers(tx, enterpriseId, tagId);
      // Waits for those who are just putting the tag on somebody, and keeps others from it.
      const [held] = await tx.$queryRaw<object[]>`SELECT 1 FROM tag WHERE id = ${tagId}::uuid FOR UPDATE`;
      if (!held) throw noSuchTag('tagId');
      const removedFromCount = await takeOffEverywhere(tx, enterpriseId, tagId, tag.memberId === null);
      const { name, kind, groupId } = tag;
      // While it is there: the record belongs to the department of whose it is.
      await recordAudit(app, tx, caller, {
        action: 'deleteTag',
        subject: { type: 'Tag', id: tagId },
        detail: { name, kind, groupId, removedFromCount },
      });
      await tx.$executeRaw`DELETE FROM tag WHERE id = ${tagId}::uuid`;
      return { deletedTagId: tagId, removedFromCount };
    },
    { timeoutMs },
  );
}

// Portfolios and then relations, each in id order, as takeovers lock theirs.
async function holdCarriers(tx: Tx, enterpriseId: string, tagId: string): Promise<void> {
  const members = await tx.$queryRaw<{ id: string }[]>`
    SELECT DISTINCT r.member_id AS id FROM relation_tag rt JOIN relation r ON r.id = rt.relation_id
    WHERE rt.enterprise_id = ${enterpriseId}::uuid AND rt.tag_id = ${tagId}::uuid`;
  const ids = members.map(({ id }) => id);
  await lockPortfolios(tx, enterpriseId, ids);
  await tx.$executeRaw`
    SELECT 1 FROM relation WHERE id IN (
      SELECT relation_id FROM relation_tag WHERE enterprise_id = ${enterpriseId}::uuid AND tag_id = ${tagId}::uuid)
    ORDER BY id FOR NO KEY UPDATE`;
}

async function takeOffEverywhere(tx: Tx, enterpriseId: string, tagId: string, isCorp: boolean): Promise<number> {
  const [taken] = await tx.$queryRaw<{ count: number }[]>`
    WITH taken AS (
      DELETE FROM relation_tag WHERE enterprise_id = ${enterpriseId}::uuid AND tag_id = ${tagId}::uuid
      RETURNING relation_id
    ), noted AS (
      -- As the database would do at the end of the statement, and a second version of each row less.
      UPDATE relation r SET ${touched(['TAGS'])}, corp_tag_ids = array_remove(r.corp_tag_ids, ${tagId}::uuid)
      WHERE ${isCorp} AND r.status = 'ACTIVE' AND r.id IN (SELECT relation_id FROM taken)
    )
    SELECT count(*)::int AS count FROM taken`;
  return taken?.count ?? 0;
}
