/** Prints values as sigs.k8s.io/yaml does: keys sorted, two columns per level, lists not indented below their key. */
import { goFormatFloat } from '../go-float.js';
import type { JsonObject } from '../member.js';
import { compareKeys } from './key-order.js';
import { isSimpleKey, printString } from './print-scalar.js';

/** The value as a YAML document, with a line break at its end. Members that are undefined are left out. */
export function stringifyYaml(value: unknown): string {
  const printer = new Printer();
  printer.node(value, -step, 'document');
  return printer.text();
}

const step = 2;

/** What a node stands in: after `key:`, after the `-` of an item (or the `?` or `:` of a long key), or alone. */
type Place = 'document' | 'member' | 'item';

class Printer {
  #out = '';
  #lineStart = 0;

  text(): string {
    return this.#out.endsWith('\n') ? this.#out : `${this.#out}\n`;
  }

  /** Prints what comes after the indicator that announces the node; `indent` is that of the container around it. */
  node(value: unknown, indent: number, place: Place): void {
    if (Array.isArray(value)) this.#list(value, indent, place);
    else if (typeof value === 'object' && value !== null) this.#map(value as JsonObject, indent, place);
    else {
      if (place !== 'document') this.#write(' ');
      if (typeof value === 'string') this.#write(printString(value, { indent: Math.max(indent, 0) + step, column: this.#column() }));
      else this.#write(plain(value));
    }
  }

  #list(items: readonly unknown[], indent: number, place: Place): void {
    if (items.length === 0) {
      this.#write(place === 'document' ? '[]' : ' []');
      return;
    }
    const own = place === 'member' ? indent : indent + step;
    items.forEach((item, at) => {
      this.#startEntry(own, at === 0 && place === 'item');
      this.#write('-');
      this.node(item, own, 'item');
    });
  }

  #map(object: JsonObject, indent: number, place: Place): void {
    const names = Object.keys(object).filter((name) => object[name] !== undefined);
    if (names.length === 0) {
      this.#write(place === 'document' ? '{}' : ' {}');
      return;
    }
    const own = indent + step;
    names.sort(compareKeys).forEach((name, at) => {
      this.#startEntry(own, at === 0 && place === 'item');
      if (isSimpleKey(name)) {
        this.#write(`${printString(name, { indent: own + step, column: own, isSimpleKey: true })}:`);
        this.node(object[name], own, 'member');
      } else {
        this.#write('?');
        this.node(name, own, 'item');
        this.#startEntry(own, false);
        this.#write(':');
        this.node(object[name], own, 'item');
      }
    });
  }

  /** Goes to where an entry begins: on a line of its own, or after the indicator of the item that its container is. */
  #startEntry(indent: number, isOnSameLine: boolean): void {
    if (!isOnSameLine && this.#out !== '' && !this.#out.endsWith('\n')) this.#write('\n');
    this.#write(isOnSameLine ? ' ' : ' '.repeat(indent));
  }

  #write(text: string): void {
    const lastBreak = text.lastIndexOf('\n');
    if (lastBreak >= 0) this.#lineStart = this.#out.length + lastBreak + 1;
    this.#out += text;
  }

  #column(): number {
    return this.#out.length - this.#lineStart;
  }
}

function plain(value: unknown): string {
  if (typeof value !== 'number') return String(value ?? null);
  // Go reads what it prints back as int64 or uint64 where it can, and else as a float.
  if (Number.isInteger(value) && value >= -(2 ** 63) && value < 2 ** 64) return BigInt(value).toString();
  return goFormatFloat(value);
}
