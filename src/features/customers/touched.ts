import { Prisma } from '../../generated/prisma/client.js';

/** What can be touched on a relation: an undo leaves a customer with whoever has touched one of these since the takeover. */
export type Touch = 'REMARK' | 'DESCRIPTION' | 'TAGS' | 'CONVERSATION';

/**
 * What an UPDATE of relations `r` sets besides: the revision grows, and each of these is noted as touched at it.
 *
 * Only for relations on which something really changes: a repetition that changes nothing touches nothing.
 */
export function touched(what: readonly Touch[]): Prisma.Sql {
  const notes = what.map((touch) => Prisma.sql`${touch}::text, r.revision + 1`);
  return Prisma.sql`revision = r.revision + 1, touches = r.touches || jsonb_build_object(${Prisma.join(notes)})`;
}
