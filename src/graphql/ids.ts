import { opaque } from '../platform/ids.js';
import { badInput } from './errors.js';

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Whether a text is a UUID as this API writes them. */
export function isUuid(text: string): boolean {
  return uuid.test(text);
}

/** The opaque id that clients see. Its make is nobody's business but this file's. */
export function encodeId(typename: string, id: string | number | bigint): string {
  return opaque(`${typename}:${id}`);
}

/** Reads an opaque id back. Anything this API did not make itself is BAD_USER_INPUT. */
export function decodeId(globalId: string): { typename: string; id: string } {
  const text = Buffer.from(globalId, 'base64url').toString();
  const colon = text.indexOf(':');
  const typename = text.slice(0, Math.max(colon, 0));
  // Encoded again it must be the same: base64 readers skip what they do not know.
  if (!/^[A-Z][A-Za-z]*$/.test(typename) || Buffer.from(text).toString('base64url') !== globalId) {
    throw badInput('This is not an id of this API. Use an id that a query answered, as it was.');
  }
  return { typename, id: text.slice(colon + 1) };
}

/** The row's UUID in an opaque id of this type. Another type's id, or a malformed one, is BAD_USER_INPUT. */
export function uuidOf(typename: string, globalId: string): string {
  const decoded = decodeId(globalId);
  if (decoded.typename !== typename) {
    throw badInput(`Expected the id of a ${typename}, got the id of a ${decoded.typename}.`);
  }
  if (!isUuid(decoded.id)) throw badInput(`This is not the id of a ${typename}.`);
  return decoded.id;
}
