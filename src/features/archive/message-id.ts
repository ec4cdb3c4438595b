import { hash } from 'node:crypto';

/** What makes a message the one it is. People are named by the company's own ids, the time is ISO 8601 in UTC. */
export interface MessageContent {
  readonly userId: string;
  readonly externalUserId: string;
  readonly sentAt: string;
  readonly direction: string;
  readonly text: string;
}

/** SHA-256 of what makes a message the one it is, but for its ordinal among equal ones. */
export function digestOfMessage(message: MessageContent): Buffer {
  const parts = [message.userId, message.externalUserId, message.sentAt, message.direction, message.text];
  return hash('sha256', parts.join('\0'), 'buffer');
}

/**
 * SHA-256 of the id that the messenger gave a message. Has fewer parts than one of a message's content, so that the two never
 * meet.
 */
export function digestOfMessageKey(message: Pick<MessageContent, 'userId' | 'externalUserId'>, key: string): Buffer {
  return hash('sha256', [message.userId, message.externalUserId, key].join('\0'), 'buffer');
}

/** The id that a message of this enterprise has, whoever brings it and however often: a UUID of version 8, made of a hash. */
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
