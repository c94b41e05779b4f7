/** Reading DER (ITU-T X.690): the few forms that certificates are made of. */

/** One element: its tag, its content, and both with the length between them. All are views of the bytes that were read. */
export interface DerElement {
  readonly tag: number;
  readonly content: Uint8Array;
  readonly raw: Uint8Array;
}

export const tags = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  numericString: 0x12,
  printableString: 0x13,
  t61String: 0x14,
  ia5String: 0x16,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  sequence: 0x30,
  set: 0x31,
} as const;

/** The tag of `[n]` with elements in it. */
export const contextTag = (n: number): number => 0xa0 | n;

/**
 * The elements that follow each other in the bytes, all of them.
 * @throws Error when they are not DER.
 */
export function derElements(bytes: Uint8Array): DerElement[] {
  const elements: DerElement[] = [];
  for (let at = 0; at < bytes.length; ) {
    const tag = bytes[at]!;
    if ((tag & 0x1f) === 0x1f) throw new Error('x509: malformed certificate: a tag of several bytes');
    let length = bytes[at + 1] ?? Number.NaN;
    let start = at + 2;
    if (length >= 0x80) {
      const count = length & 0x7f;
      length = 0;
      for (let i = 0; i < count; i++) length = length * 256 + (bytes[start + i] ?? Number.NaN);
      // DER wants the shortest form; four bytes of length are more than any certificate has.
      if (count === 0 || count > 4 || length < 0x80 || (count > 1 && bytes[start] === 0)) throw new Error('x509: malformed certificate: bad length');
      start += count;
    }
    if (!(start + length <= bytes.length)) throw new Error('x509: malformed certificate: truncated');
    elements.push({ tag, content: bytes.subarray(start, start + length), raw: bytes.subarray(at, start + length) });
    at = start + length;
  }
  return elements;
}

/** Reads elements one after the other, of a kind that is known before. */
export class DerReader {
  readonly #elements: readonly DerElement[];
  #at = 0;

  /** @throws Error when the bytes are not DER. */
  constructor(bytes: Uint8Array) {
    this.#elements = derElements(bytes);
  }

  get isDone(): boolean {
    return this.#at === this.#elements.length;
  }

  /**
   * The next element, which has to have that tag.
   * @throws Error when it is another, or there is none.
   */
  read(tag: number): DerElement {
    const element = this.#elements[this.#at++];
    if (element?.tag !== tag) throw new Error(`x509: malformed certificate: expected an element of tag ${tag}`);
    return element;
  }

  /** The next element if it has that tag, otherwise undefined, and it stays the next. */
  readOptional(tag: number): DerElement | undefined {
    return this.#elements[this.#at]?.tag === tag ? this.#elements[this.#at++] : undefined;
  }

  /** The next element, whatever it is. */
  readAny(): DerElement {
    const element = this.#elements[this.#at++];
    if (element === undefined) throw new Error('x509: malformed certificate: an element is missing');
    return element;
  }
}

/** An object identifier in dots: `2.5.4.3`. */
export function oidText(content: Uint8Array): string {
  const parts: bigint[] = [];
  let value = 0n;
  for (const byte of content) {
    value = (value << 7n) | BigInt(byte & 0x7f);
    if (byte & 0x80) continue;
    parts.push(value);
    value = 0n;
  }
  const first = parts[0] ?? 0n;
  const head = first < 40n ? [0n, first] : first < 80n ? [1n, first - 40n] : [2n, first - 80n];
  return [...head, ...parts.slice(1)].join('.');
}

/** A whole number, of either sign and any size. */
export function integerValue(content: Uint8Array): bigint {
  if (content.length === 0) throw new Error('x509: malformed certificate: an empty integer');
  return BigInt.asIntN(content.length * 8, BigInt(`0x${Buffer.from(content).toString('hex')}`));
}

/** UTCTime or GeneralizedTime, in milliseconds since the epoch. */
export function timeValue({ tag, content }: DerElement): number {
  const text = Buffer.from(content).toString('latin1');
  const match = /^(\d\d|\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(text);
  const isUtc = tag === tags.utcTime;
  if (!match || (!isUtc && tag !== tags.generalizedTime) || isUtc !== (match[1]!.length === 2)) throw new Error('x509: malformed validity');
  const short = Number(match[1]);
  const year = isUtc ? short + (short < 50 ? 2000 : 1900) : short;
  const [month, day, hour, minute, second] = match.slice(2).map(Number);
  return new Date(0).setUTCFullYear(year, month! - 1, day!) + ((hour! * 60 + minute!) * 60 + second!) * 1000;
}

const isPrintable = /^[A-Za-z0-9'()+,\-./ :=?*&]*$/;
const strictUtf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * The text of one of the string types that names are made of.
 * @throws Error when it is of another type, or holds what its type does not allow.
 */
export function stringValue({ tag, content }: DerElement): string {
  const latin1 = (): string => Buffer.from(content).toString('latin1');
  const checked = (text: string, isAllowed: boolean, type: string): string => {
    if (!isAllowed) throw new Error(`x509: invalid RDNSequence: invalid attribute value: invalid ${type}`);
    return text;
  };
  switch (tag) {
    case tags.utf8String:
      try {
        return strictUtf8.decode(content);
      } catch {
        return checked('', false, 'UTF-8 string');
      }
    case tags.printableString:
      return checked(latin1(), isPrintable.test(latin1()), 'PrintableString');
    case tags.ia5String:
      return checked(
        latin1(),
        content.every((byte) => byte < 0x80),
        'IA5String',
      );
    case tags.numericString:
      return checked(latin1(), /^[0-9 ]*$/.test(latin1()), 'NumericString');
    case tags.t61String:
      return latin1();
    case tags.bmpString: {
      // UCS-2: what UTF-16 uses for pairs is not text in it.
      if (content.length % 2 !== 0) return checked('', false, 'BMPString');
      const text = Buffer.from(content).swap16().toString('utf16le').replace(/\0$/, '');
      return checked(text, !/[\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]/.test(text), 'BMPString');
    }
    default:
      throw new Error(`x509: invalid RDNSequence: invalid attribute value: unsupported string type: ${tag}`);
  }
}
