import { hash } from 'node:crypto';
import type { RowOf } from './format.js';

/** SHA-256 of what makes a message the one it is, but for its ordinal among equal ones. */
export function digestOf(message: RowOf['messages']): Buffer {
  const parts = [message.user_id, message.external_user_id, message.sent_at, message.direction, message.text];
  return hash('sha256', parts.join('\0'), 'buffer');
}

/** The id that a message of this enterprise has in every import: a UUID of version 8, made of a hash. */
export function messageId(enterpriseId: string, digest: Buffer, ordinal: number): string {
  const hex = hash('sha256', `${enterpriseId}\0${digest.toString('hex')}\0${ordinal}`);
  const variant = ((parseInt(hex.slice(16, 17), 16) & 3) | 8).toString(16);
  return [
    hex.slice(0, 8),
    hex.slice(8, 12),
    `8${hex.slice(13, 16)}`,
    variant + hex.slice(17, 20),
    hex.slice(20, 32),
  ].join('-');
}
