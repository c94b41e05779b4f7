import { type KubeObject, parseJson, withResourceVersion } from '@apiserver-kit/machinery';
import type { Recent } from './recent.js';

/** Fields of an object that can be selected by, by their path: `metadata.name`, `spec.nodeName`. */
export type SelectableFields = Readonly<Record<string, string>>;

/** What a kind of object lets select by, besides name and namespace. Undefined: nothing more. */
export type FieldsOf = ((object: KubeObject) => SelectableFields) | undefined;

// Read once: the environment is slow to ask.
const isTest = process.env.NODE_ENV === 'test';

const noLabels: Readonly<Record<string, string>> = Object.freeze({});
const comma = 0x2c;
const metadataHead = '"metadata":{';

/** Objects that this process has just printed: their bytes come back through the watch as the same buffer, and are not parsed again. */
const printed = new WeakMap<Uint8Array, KubeObject>();

/** Tells the cache what stored bytes hold, before they are written. The object belongs to the cache from then on: do not change it. */
export const rememberPrinted = (stored: Uint8Array, object: KubeObject): void => {
  printed.set(stored, object);
};

/** One version of one object: its wire bytes, what selection needs, and the object itself when somebody asks. Never written to. */
export class Entry {
  readonly name: string;
  readonly namespace: string;
  readonly labels: Readonly<Record<string, string>>;
  /** With `metadata.name` and `metadata.namespace`. */
  readonly fields: SelectableFields;
  /** JSON in the storage version, with the resourceVersion in it. */
  readonly bytes: Buffer;
  readonly #recent: Recent | undefined;
  #isNoted = false;
  #object: KubeObject | undefined = undefined;
  #derived: Map<string, unknown> | undefined = undefined;

  /**
   * @param stored the bytes as storage holds them.
   * @param recent bounds the parsed and derived forms that are kept. Without it they are kept as long as the entry.
   * @param twin an entry of the same content: nothing has to be parsed.
   * @throws Error when the bytes are not a JSON object. It does not say what they are: they may be a secret.
   */
  constructor(
    readonly key: string,
    readonly resourceVersion: number,
    stored: Uint8Array,
    fieldsOf: FieldsOf,
    recent?: Recent,
    twin?: Entry,
  ) {
    this.bytes = wireBytes(key, stored, resourceVersion);
    this.#recent = recent;
    if (twin) {
      this.name = twin.name;
      this.namespace = twin.namespace;
      this.labels = twin.labels;
      this.fields = twin.fields;
      return;
    }
    const object = this.#takePrinted(stored) ?? this.#parse();
    const { name = '', namespace = '', labels } = object.metadata;
    this.name = name;
    this.namespace = namespace;
    this.labels = labels ?? noLabels;
    this.fields = { ...fieldsOf?.(object), 'metadata.name': name, 'metadata.namespace': namespace };
    this.#object = object;
    this.#note();
  }

  /** The bytes without the resourceVersion, as they are stored. Computed: the cache keeps them once. */
  get stored(): Buffer {
    const from = this.bytes.indexOf(`${metadataHead}"resourceVersion":"`) + metadataHead.length;
    let to = from + `"resourceVersion":"${this.resourceVersion}"`.length;
    if (this.bytes[to] === comma) to++;
    return Buffer.concat([this.bytes.subarray(0, from), this.bytes.subarray(to)]);
  }

  /** The parsed object with its resourceVersion. Shared: copy before you change it. */
  object(): KubeObject {
    const object = this.#object ?? this.#parse();
    this.#object = object;
    // After this it may have been forgotten again.
    this.#note();
    return object;
  }

  /** Something computed from this entry, once per name while it is remembered: its bytes in another version, its table row. */
  derived<T>(name: string, make: (entry: Entry) => T): T {
    if (this.#derived?.has(name)) return this.#derived.get(name) as T;
    const value = make(this);
    this.#derived ??= new Map();
    this.#derived.set(name, value);
    this.#note();
    return value;
  }

  /** Lets go of the parsed form and of what was derived; they are made again when needed. */
  forget(): void {
    this.#isNoted = false;
    this.#object = undefined;
    this.#derived = undefined;
  }

  /** The same content under another resourceVersion: how a watch is shown what is gone. */
  at(resourceVersion: number): Entry {
    return new Entry(this.key, resourceVersion, this.stored, undefined, this.#recent, this);
  }

  #note(): void {
    if (this.#isNoted) return;
    this.#isNoted = true;
    this.#recent?.add(this);
  }

  #parse(): KubeObject {
    const object = readable(this.key, () => parseJson(this.bytes.toString()) as KubeObject);
    return isTest ? deepFreeze(object) : object;
  }

  /** Taken once: what is kept from then on is bounded, which the storage's own hold on the bytes is not. */
  #takePrinted(stored: Uint8Array): KubeObject | undefined {
    const known = printed.get(stored);
    if (!known) return undefined;
    printed.delete(stored);
    const { apiVersion, kind, metadata, ...rest } = known;
    const { resourceVersion: _, ...others } = metadata;
    // Members in the order of the bytes, so that it makes no difference which of both was read.
    const object = { apiVersion, kind, metadata: { resourceVersion: String(this.resourceVersion), ...others }, ...rest };
    return isTest ? deepFreeze(object) : object;
  }
}

const wireBytes = (key: string, stored: Uint8Array, resourceVersion: number): Buffer => readable(key, () => withResourceVersion(stored, resourceVersion));

function readable<T>(key: string, read: () => T): T {
  try {
    return read();
  } catch {
    // The parser's error quotes what it was given.
    throw new Error(`expected a JSON object in storage under ${key}`);
  }
}

/** In tests a write to a shared object throws where it happens. In production it would cost as much as the parse. */
function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const member of Object.values(value)) deepFreeze(member);
  }
  return value;
}
