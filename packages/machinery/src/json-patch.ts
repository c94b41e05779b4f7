/**
 * JSON patch (RFC 6902) with the habits of gopkg.in/evanphx/json-patch.v4, which the reference uses: indexes may be negative (from the end), `replace` may add a
 * member, `copy` of a member that is not there gives null, and a missing value is null.
 *
 * The document is never written to. What an operation changes is copied once, on the way to it; the rest is shared with the document.
 */
import { goJsonError } from './go-json-error.js';
import { goQuote, parseInt64 } from './go-text.js';
import { parseJson, stringifyJson } from './json.js';
import { jsonEqual } from './json-equal.js';
import { getMember, type JsonObject, setMember } from './member.js';
import { isRecord } from './object.js';
import { PatchError } from './patch-error.js';

/** One operation as it was sent: its members may be missing or of the wrong type until it is applied. */
export type JsonPatchOperation = Readonly<JsonObject>;

export interface JsonPatchOptions {
  /** Bytes of JSON that the patch's `copy` operations may add together. Default 3 MiB, as the reference's server. */
  readonly maxCopiedBytes?: number;
}

type Container = JsonObject | unknown[];

const missing = (sentence: string): PatchError => new PatchError(`${sentence}: missing value`);

/** How Go names the type of a JSON value that it did not expect. */
const goTypeName = (value: unknown): string => {
  if (Array.isArray(value)) return 'array';
  const type = typeof value;
  return type === 'boolean' ? 'bool' : type === 'bigint' ? 'number' : type;
};

/**
 * Checks the outer form of a patch: null, or a list of objects.
 * @throws PatchError
 */
export function checkJsonPatch(patch: unknown): readonly JsonPatchOperation[] {
  if (patch === null) return [];
  if (!Array.isArray(patch)) throw new PatchError(`json: cannot unmarshal ${goTypeName(patch)} into Go value of type jsonpatch.Patch`);
  return patch.map((operation: unknown) => {
    if (operation === null) return {};
    if (!isRecord(operation)) throw new PatchError(`json: cannot unmarshal ${goTypeName(operation)} into Go value of type jsonpatch.Operation`);
    return operation;
  });
}

/**
 * Reads a patch.
 * @throws PatchError when the text is not JSON, or not a list of objects.
 */
export function decodeJsonPatch(text: string): readonly JsonPatchOperation[] {
  let patch: unknown;
  try {
    patch = parseJson(text);
  } catch (error) {
    throw new PatchError(goJsonError(text) ?? (error as Error).message);
  }
  return checkJsonPatch(patch);
}

/**
 * Gives the document as the patch leaves it.
 * @throws PatchError when the patch is malformed or does not apply.
 */
export function applyJsonPatch(document: unknown, patch: unknown, { maxCopiedBytes = 3 << 20 }: JsonPatchOptions = {}): unknown {
  const application = new Application(document, maxCopiedBytes);
  for (const operation of checkJsonPatch(patch)) application.apply(operation);
  return application.root;
}

/** A patch being applied to one document. */
class Application {
  root: unknown;
  /** The containers that this application made: only these may be written to. */
  readonly #own = new Set<unknown>();
  readonly #maxCopiedBytes: number;
  #copiedBytes = 0;

  constructor(document: unknown, maxCopiedBytes: number) {
    this.root = document;
    this.#maxCopiedBytes = maxCopiedBytes;
  }

  apply(operation: JsonPatchOperation): void {
    const kind = getMember(operation, 'op');
    switch (kind) {
      case 'add': {
        const path = pathOf(operation, 'add');
        const target = this.#find(path, true);
        if (!target) throw missing(`add operation does not apply: doc is missing path: "${path}"`);
        within(`error in add for path: '${path}'`, () => add(target.container, target.key, valueIn(operation)));
        return;
      }
      case 'remove': {
        const path = pathOf(operation, 'remove');
        const target = this.#find(path, true);
        if (!target) throw missing(`remove operation does not apply: doc is missing path: "${path}"`);
        within(`error in remove for path: '${path}'`, () => remove(target.container, target.key));
        return;
      }
      case 'replace':
        this.#replace(operation);
        return;
      case 'move':
        this.#move(operation);
        return;
      case 'test':
        this.#test(operation);
        return;
      case 'copy':
        this.#copy(operation);
        return;
      default:
        throw new PatchError(`Unexpected kind: ${typeof kind === 'string' ? kind : 'unknown'}`);
    }
  }

  #replace(operation: JsonPatchOperation): void {
    const path = textMember(operation, 'path', 'operation missing path field', 'replace operation failed to decode path');
    if (path === '') {
      const value = valueIn(operation);
      // The last words are a slip of the reference's, which formats an error that is not there.
      if (typeof value !== 'object' || value === null) throw new PatchError('replace operation value must be object or array: %!w(<nil>)');
      this.root = value;
      return;
    }
    const target = this.#find(path, true);
    if (!target) throw missing(`replace operation does not apply: doc is missing path: ${path}`);
    const { container, key } = target;
    if (!Array.isArray(container)) setMember(container, key, valueIn(operation));
    else {
      let at: number;
      try {
        at = existingIndex(container, key);
      } catch {
        // Whatever is wrong with the index, the reference says only this.
        throw missing(`replace operation does not apply: doc is missing key: ${path}`);
      }
      container[at] = valueIn(operation);
    }
  }

  #move(operation: JsonPatchOperation): void {
    const from = textMember(operation, 'from', 'operation, missing from field', 'move operation failed to decode from');
    const source = this.#find(from, true);
    if (!source) throw missing(`move operation does not apply: doc is missing from path: ${from}`);
    const value = within(`error in move for path: '${source.key}'`, () => {
      const found = get(source.container, source.key);
      remove(source.container, source.key);
      return found;
    });
    const path = textMember(operation, 'path', 'operation missing path field', 'move operation failed to decode path');
    const target = this.#find(path, true);
    if (!target) throw missing(`move operation does not apply: doc is missing destination path: ${path}`);
    within(`error in move for path: '${path}'`, () => add(target.container, target.key, value));
  }

  #test(operation: JsonPatchOperation): void {
    const path = textMember(operation, 'path', 'operation missing path field', 'test operation failed to decode path');
    let found = this.root;
    if (path !== '') {
      const target = this.#find(path, false);
      if (!target) throw missing(`test operation does not apply: is missing path: ${path}`);
      found = within(`error in test for path: '${path}'`, () => get(target.container, target.key));
    }
    if (!jsonEqual(found ?? null, valueIn(operation))) throw new PatchError(`testing value ${path} failed: test failed`);
  }

  #copy(operation: JsonPatchOperation): void {
    const from = textMember(operation, 'from', 'operation, missing from field', 'copy operation failed to decode from');
    const source = this.#find(from, false);
    if (!source) throw missing(`copy operation does not apply: doc is missing from path: ${from}`);
    const value = within(`error in copy for from: '${from}'`, () => get(source.container, source.key)) ?? null;
    const path = pathOf(operation, 'copy');
    const target = this.#find(path, true);
    if (!target) throw missing(`copy operation does not apply: doc is missing destination path: ${path}`);
    const copied = copyOf(value);
    if (value !== null) this.#copiedBytes += Buffer.byteLength(stringifyJson(value));
    if (this.#copiedBytes > this.#maxCopiedBytes) {
      const limit = `the accumulated size increase of copy is ${this.#copiedBytes}, exceeding the limit ${this.#maxCopiedBytes}`;
      throw new PatchError(`Unable to complete the copy, ${limit}`);
    }
    within('error while adding value during copy', () => add(target.container, target.key, copied));
  }

  /** The container that the path leads into, to be written to if asked, and the last step's key. Undefined where the way breaks off. */
  #find(path: string, toWrite: boolean): { container: Container; key: string } | undefined {
    const steps = path.split('/');
    if (steps.length < 2) return undefined;
    let container = this.root as Container;
    if (toWrite) this.root = container = this.#owned(container);
    for (let at = 1; at < steps.length - 1; at++) {
      const key = unescaped(steps[at]!);
      let next: unknown;
      try {
        next = get(container, key);
      } catch {
        return undefined;
      }
      if (typeof next !== 'object' || next === null) return undefined;
      if (toWrite) {
        const copy = this.#owned(next as Container);
        if (copy !== next) {
          if (Array.isArray(container)) container[existingIndex(container, key)] = copy;
          else setMember(container, key, copy);
        }
        next = copy;
      }
      container = next as Container;
    }
    return { container, key: unescaped(steps.at(-1)!) };
  }

  #owned(container: Container): Container {
    if (this.#own.has(container)) return container;
    const copy = Array.isArray(container) ? [...container] : { ...container };
    this.#own.add(copy);
    return copy;
  }
}

const unescaped = (step: string): string => step.replace(/~[01]/g, (pair) => (pair === '~1' ? '/' : '~'));

const valueIn = (operation: JsonPatchOperation): unknown => getMember(operation, 'value') ?? null;

const copyOf = (value: unknown): unknown => {
  if (typeof value !== 'object' || value === null) return value;
  if (Array.isArray(value)) return value.map(copyOf);
  const copy: JsonObject = {};
  for (const name of Object.keys(value)) setMember(copy, name, copyOf((value as JsonObject)[name]));
  return copy;
};

function textMember(operation: JsonPatchOperation, name: 'path' | 'from', absent: string, sentence: string): string {
  const text = getMember(operation, name) ?? null;
  if (typeof text === 'string') return text;
  if (text === null) throw missing(`${sentence}: ${absent}`);
  throw new PatchError(`${sentence}: json: cannot unmarshal ${goTypeName(text)} into Go value of type string`);
}

/** For the operations that say of any bad path that it is missing. */
function pathOf(operation: JsonPatchOperation, kind: string): string {
  const path = getMember(operation, 'path');
  if (typeof path !== 'string') throw missing(`${kind} operation failed to decode path`);
  return path;
}

/** Puts the sentence before that of a PatchError. */
function within<T>(sentence: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (error instanceof PatchError) throw new PatchError(`${sentence}: ${error.message}`);
    throw error;
  }
}

function integer(key: string): number {
  const value = parseInt64(key);
  if (value !== undefined) return Number(value);
  throw new PatchError(`strconv.Atoi: parsing ${goQuote(key)}: ${/^[+-]?\d+$/.test(key) ? 'value out of range' : 'invalid syntax'}`);
}

const invalidIndex = (index: number | string): PatchError => new PatchError(`Unable to access invalid index: ${index}: invalid index referenced`);

function existingIndex(list: readonly unknown[], key: string): number {
  const index = integer(key);
  if (index >= list.length || index < -list.length) throw invalidIndex(index);
  return index < 0 ? index + list.length : index;
}

const get = (container: Container, key: string): unknown => (Array.isArray(container) ? container[existingIndex(container, key)] : getMember(container, key));

function add(container: Container, key: string, value: unknown): void {
  if (!Array.isArray(container)) setMember(container, key, value ?? null);
  else if (key === '-') container.push(value ?? null);
  else {
    const index = within(`value was not a proper array index: '${key}'`, () => integer(key));
    const length = container.length + 1;
    if (index >= length || index < -length) throw invalidIndex(index);
    container.splice(index < 0 ? index + length : index, 0, value ?? null);
  }
}

function remove(container: Container, key: string): void {
  if (Array.isArray(container)) container.splice(existingIndex(container, key), 1);
  else if (Object.hasOwn(container, key)) delete container[key];
  else throw missing(`Unable to remove nonexistent key: ${key}`);
}
