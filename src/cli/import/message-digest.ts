import { digestOfMessage } from '../../features/archive/archive.js';
import type { RowOf } from './format.js';

/** What makes the message of a line the one it is, but for its ordinal among equal ones. */
export function digestOf(row: RowOf['messages']): Buffer {
  return digestOfMessage({
    userId: row.user_id,
    externalUserId: row.external_user_id,
    sentAt: String(row.sent_at),
    direction: row.direction,
    text: row.text,
  });
}
