import { type CipherGCMTypes, createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';
import { xsalsa20poly1305 } from '@noble/ciphers/salsa.js';
import { asBuffer, type Transformer } from './transformer.js';

const tooShort = (): Error => new Error('the stored data was shorter than the required size');

const blockBytes = 16;

/** AES-CBC with PKCS #7 padding: the initial vector, then blocks. It keeps secret, but does not show changes. */
export function aescbc(secret: Buffer): Transformer {
  const name = `aes-${secret.length * 8}-cbc`;
  return {
    fromStorage(stored) {
      const bytes = asBuffer(stored);
      if (bytes.length < blockBytes) throw tooShort();
      if (bytes.length % blockBytes !== 0) throw new Error('the stored data is not a multiple of the block size');
      const decipher = createDecipheriv(name, secret, bytes.subarray(0, blockBytes)).setAutoPadding(false);
      return unpadded(Buffer.concat([decipher.update(bytes.subarray(blockBytes)), decipher.final()]));
    },
    toStorage(value) {
      const iv = randomBytes(blockBytes);
      const cipher = createCipheriv(name, secret, iv);
      return Buffer.concat([iv, cipher.update(value), cipher.final()]);
    },
  };
}

function unpadded(blocks: Buffer): Buffer {
  const padding = blocks.at(-1) ?? 0;
  if (padding === 0 || padding > blocks.length) throw new Error('invalid PKCS7 data (empty or not padded)');
  const end = blocks.length - padding;
  for (let i = end; i < blocks.length; i++) if (blocks[i] !== padding) throw new Error('invalid padding on input');
  return blocks.subarray(0, end);
}

const gcmNonceBytes = 12;
const tagBytes = 16;

/** AES-GCM: the nonce, the text, the tag. The key that the value is stored under is part of what the tag protects. */
export function aesgcm(secret: Buffer): Transformer {
  const name = `aes-${secret.length * 8}-gcm` as CipherGCMTypes;
  return {
    fromStorage(stored, key) {
      const bytes = asBuffer(stored);
      if (bytes.length < gcmNonceBytes) throw tooShort();
      const text = bytes.subarray(gcmNonceBytes, Math.max(bytes.length - tagBytes, gcmNonceBytes));
      const decipher = createDecipheriv(name, secret, bytes.subarray(0, gcmNonceBytes), { authTagLength: tagBytes });
      try {
        decipher.setAAD(Buffer.from(key)).setAuthTag(bytes.subarray(bytes.length - tagBytes));
        return Buffer.concat([decipher.update(text), decipher.final()]);
      } catch {
        // Node says in several ways that the tag does not fit.
        throw new Error('cipher: message authentication failed');
      }
    },
    toStorage(value, key) {
      const nonce = randomBytes(gcmNonceBytes);
      const cipher = createCipheriv(name, secret, nonce, { authTagLength: tagBytes });
      cipher.setAAD(Buffer.from(key));
      return Buffer.concat([nonce, cipher.update(value), cipher.final(), cipher.getAuthTag()]);
    },
  };
}

const boxNonceBytes = 24;

/** NaCl's secretbox, XSalsa20 and Poly1305: the nonce, the tag, the text. */
export function secretbox(secret: Buffer): Transformer {
  return {
    fromStorage(stored) {
      if (stored.length < boxNonceBytes + tagBytes) throw tooShort();
      try {
        return asBuffer(xsalsa20poly1305(secret, stored.subarray(0, boxNonceBytes)).decrypt(stored.subarray(boxNonceBytes)));
      } catch {
        // The reference's own words for a tag that does not fit.
        throw new Error('output array was not large enough for encryption');
      }
    },
    toStorage(value) {
      const nonce = randomBytes(boxNonceBytes);
      return Buffer.concat([nonce, xsalsa20poly1305(secret, nonce).encrypt(value)]);
    },
  };
}
