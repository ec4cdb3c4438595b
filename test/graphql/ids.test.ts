import { expect, test } from 'vitest';
import { decodeId, encodeId } from '../../src/graphql/ids.js';
import { opaque } from '../../src/platform/ids.js';

test('an opaque text is base64url without padding, of whatever length and characters', () => {
  const printable = Array.from({ length: 95 }, (_, index) => String.fromCharCode(32 + index)).join('');
  for (let start = 0; start < printable.length; start++) {
    for (let length = 0; length < 8; length++) {
      const text = printable.slice(start, start + length);

      expect(opaque(text)).toBe(Buffer.from(text).toString('base64url'));
    }
  }
});

test('an id is read back as what it was made of', () => {
  expect(decodeId(encodeId('Customer', '7>?~'))).toEqual({ typename: 'Customer', id: '7>?~' });
});
