import { Prisma } from '../../generated/prisma/client.js';

/**
 * An aggregate: the digest over items that a record of the audit log keeps, SHA-256 in hex over the items by position, each as its
 * position (4 bytes) and its ids or flags in bytes; an item with a null among them is left out. Null where there are none. A chunk of 5,000 costs some milliseconds.
 */
export function itemDigest(position: Prisma.Sql, ...bytes: readonly Prisma.Sql[]): Prisma.Sql {
  const line = Prisma.join([Prisma.sql`int4send(${position})`, ...bytes], ' || ');
  return Prisma.sql`encode(sha256(string_agg(${line}, ''::bytea ORDER BY ${position})), 'hex')`;
}

/** What a takeover's record says of each of its items: the relation, and whether it moved or ended in the successor's. */
export function takeoverDigest(position: Prisma.Sql, relationId: Prisma.Sql, outcome: Prisma.Sql): Prisma.Sql {
  return itemDigest(position, Prisma.sql`uuid_send(${relationId})`, Prisma.sql`textsend(${outcome}::text)`);
}

/** The same of groups, which only move. */
export function groupsDigest(position: Prisma.Sql, groupId: Prisma.Sql): Prisma.Sql {
  return itemDigest(position, Prisma.sql`uuid_send(${groupId})`);
}

/** What a record of its own items (`audit_item`) says of each: the relation or group, and who owns it from then on. */
export const ownItemsDigest = itemDigest(
  Prisma.sql`i.position`,
  Prisma.sql`uuid_send(i.subject_id)`,
  Prisma.sql`uuid_send(i.member_id)`,
);

/** What a drain's record says of each customer who got a successor: the relation, and the successor. */
export const drainDigest = itemDigest(
  Prisma.sql`i.position`,
  Prisma.sql`uuid_send(i.relation_id)`,
  Prisma.sql`uuid_send(i.successor_id)`,
);
