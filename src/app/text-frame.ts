/** Text, or its UTF-8 bytes: bytes where the same text goes out many times. */
export type Text = string | Buffer;

const wholeTextFrame = 0x81;
const lengthIn16Bits = 126;
const lengthIn64Bits = 127;

/** How many bytes this text takes in UTF-8. */
export function bytesOf(text: Text): number {
  return typeof text === 'string' ? Buffer.byteLength(text) : text.length;
}

/** How many bytes a WebSocket frame with so many bytes of text takes. */
export function frameSize(bytes: number): number {
  return bytes + (bytes < 126 ? 2 : bytes < 65_536 ? 4 : 10);
}

/**
 * Writes one WebSocket text message, as a server sends it (RFC 6455, 5.2: whole, not masked), into a buffer from a place on, and
 * answers the place after it. `bytes` is what `head` and `body`, which follow each other in it, take together.
 */
export function writeTextFrame(into: Buffer, at: number, bytes: number, head: string, body: Text): number {
  into[at++] = wholeTextFrame;
  if (bytes < 126) into[at++] = bytes;
  else if (bytes < 65_536) {
    into[at++] = lengthIn16Bits;
    at = into.writeUInt16BE(bytes, at);
  } else {
    into[at++] = lengthIn64Bits;
    at = into.writeBigUInt64BE(BigInt(bytes), at);
  }
  at += into.write(head, at);
  return at + (typeof body === 'string' ? into.write(body, at) : body.copy(into, at));
}
