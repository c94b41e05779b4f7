import { type KubeObject, parseJson, withResourceVersion } from '@apiserver-kit/machinery';

/** Fields of an object that can be selected by, by their path: `metadata.name`, `spec.nodeName`. */
export type SelectableFields = Readonly<Record<string, string>>;

/** What a kind of object lets select by, besides name and namespace. Undefined: nothing more. */
export type FieldsOf = ((object: KubeObject) => SelectableFields) | undefined;

// Read once: process.env is slow to ask.
const isTest = process.env.NODE_ENV === 'test';

const noLabels: Readonly<Record<string, string>> = Object.freeze({});

/** Objects that this process has just printed: their bytes come back through the watch as the same buffer, and are not parsed again. */
const printed = new WeakMap<Uint8Array, KubeObject>();

/** Tells the cache what stored bytes hold, before they are written. The object belongs to the cache from then on. */
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
  #object: KubeObject | undefined;
  #derived: Map<string, unknown> | undefined = undefined;

  constructor(
    readonly key: string,
    readonly resourceVersion: number,
    /** As storage holds it. */
    readonly stored: Uint8Array,
    fieldsOf: FieldsOf,
  ) {
    this.bytes = withResourceVersion(stored, resourceVersion);
    const object = this.#parse();
    const { name = '', namespace = '', labels } = object.metadata;
    this.name = name;
    this.namespace = namespace;
    this.labels = labels ?? noLabels;
    this.fields = fieldsOf
      ? { ...fieldsOf(object), 'metadata.name': name, 'metadata.namespace': namespace }
      : { 'metadata.name': name, 'metadata.namespace': namespace };
    this.#object = object;
  }

  /** The parsed object with its resourceVersion. Shared: copy before you change it. */
  object(): KubeObject {
    this.#object ??= this.#parse();
    return this.#object;
  }

  /** Lets go of the parsed form; it is parsed again when needed. */
  forgetObject(): void {
    this.#object = undefined;
  }

  /** Something computed from this entry, once per name: its bytes in another version, its table row. */
  derived<T>(name: string, make: (entry: Entry) => T): T {
    this.#derived ??= new Map();
    let value = this.#derived.get(name) as T | undefined;
    if (value === undefined) {
      value = make(this);
      this.#derived.set(name, value);
    }
    return value;
  }

  #parse(): KubeObject {
    const known = printed.get(this.stored);
    // The printed object is good for one version: the same bytes under another revision (a deletion) are parsed.
    if (known && known.metadata.resourceVersion === undefined) known.metadata.resourceVersion = String(this.resourceVersion);
    const object = known?.metadata.resourceVersion === String(this.resourceVersion) ? known : (parseJson(this.bytes.toString()) as KubeObject);
    return isTest ? deepFreeze(object) : object;
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
