import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto';
import { UnreadableEvidence } from './audit.errors.js';

/** A new pair of Ed25519 keys, each as one line of base64: PKCS #8 and SPKI, DER. */
export function checkpointKeys(): { readonly signing: string; readonly verifying: string } {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    signing: privateKey.export({ type: 'pkcs8', format: 'der' }).toString('base64'),
    verifying: publicKey.export({ type: 'spki', format: 'der' }).toString('base64'),
  };
}

/** The private key that signs checkpoints. Throws UnreadableEvidence, which never repeats the text. */
export function readSigningKey(text: string): KeyObject {
  return read(() => createPrivateKey({ key: Buffer.from(text, 'base64'), type: 'pkcs8', format: 'der' }));
}

/** The public key that proves them. Throws UnreadableEvidence. */
export function readVerifyingKey(text: string): KeyObject {
  return read(() => createPublicKey({ key: Buffer.from(text, 'base64'), type: 'spki', format: 'der' }));
}

function read(decode: () => KeyObject): KeyObject {
  let key: KeyObject | null = null;
  try {
    key = decode();
  } catch {
    // Said below: what Node says of it helps nobody.
  }
  if (key?.asymmetricKeyType === 'ed25519') return key;
  throw new UnreadableEvidence('This is no key for checkpoints. Make a pair with npm run audit:key.');
}
