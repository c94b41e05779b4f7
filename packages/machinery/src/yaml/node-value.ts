/** What the nodes of a YAML document mean, as JSON values. */
import { type Alias, isAlias, isMap, isScalar, isSeq, type LineCounter, type ParsedNode, type Scalar, type YAMLMap } from 'yaml';
import { goFormatFloat } from '../go-float.js';
import { goQuote } from '../go-text.js';
import { type JsonObject, setMember } from '../member.js';
import { type ResolvedScalar, resolvePlain, resolveTagged } from './resolve-scalar.js';
import { YamlError } from './yaml-error.js';

/** Levels of nesting. The reference allows 10,000; our library recurses, and no stack here would hold that. */
export const maxDepth = 250;

type Node = ParsedNode | null;

/** One document's values. */
export class NodeValues {
  /** A sentence for each key that was set again, in the order in which they were found. */
  readonly duplicates: string[] = [];
  readonly #root: Node;
  readonly #text: string;
  readonly #lines: LineCounter;
  readonly #targets = new Map<Alias, ParsedNode>();
  readonly #expanding = new Set<Alias>();
  #depth = 0;
  #decoded = 0;
  #decodedOfAliases = 0;

  constructor(root: Node, text: string, lines: LineCounter) {
    this.#root = root;
    this.#text = text;
    this.#lines = lines;
  }

  /** @throws YamlError */
  root(): unknown {
    this.#bindAliases(this.#root, new Map());
    return this.#value(this.#root);
  }

  /** An alias means the anchor of its name that was last set before it. */
  #bindAliases(node: Node, anchors: Map<string, ParsedNode>): void {
    if (!node) return;
    if (isAlias(node)) {
      const target = anchors.get(node.source);
      if (!target) throw new YamlError(`yaml: unknown anchor '${node.source}' referenced`);
      this.#targets.set(node, target);
      return;
    }
    if (node.anchor) anchors.set(node.anchor, node);
    if (isMap(node)) {
      for (const { key, value } of node.items) {
        this.#bindAliases(key, anchors);
        this.#bindAliases(value, anchors);
      }
    } else if (isSeq(node)) for (const item of node.items) this.#bindAliases(item as Node, anchors);
  }

  #value(node: Node): unknown {
    this.#count();
    if (!node) return null;
    if (isAlias(node)) return this.#expand(node, () => this.#value(this.#targets.get(node)!));
    if (isScalar(node)) return jsonScalar(this.#meaningOf(node));
    return this.#nested(() => {
      if (isSeq(node)) return node.items.map((item) => this.#value(item as Node));
      const object: JsonObject = {};
      this.#fill(object, node);
      return object;
    });
  }

  #fill(object: JsonObject, map: YAMLMap.Parsed): void {
    for (const { key, value } of map.items) {
      if (isMergeKey(key)) {
        this.#merge(object, value);
        continue;
      }
      const { name, shown } = this.#key(key, value);
      const member = this.#value(value);
      if (Object.hasOwn(object, name)) {
        const [offset] = (value ?? key)?.range ?? [0];
        this.duplicates.push(`line ${this.#lines.linePos(offset).line}: key ${shown} already set in map`);
      }
      setMember(object, name, member);
    }
  }

  /** `<<`: the members of the map, or of the maps, of which the first has the last word. They take the place of members set before. */
  #merge(object: JsonObject, value: Node): void {
    for (const map of isSeq(value) ? [...(value.items as Node[])].reverse() : [value]) {
      const target = isAlias(map) ? this.#targets.get(map)! : map;
      if (!isMap(target)) throw new YamlError('yaml: map merge requires map or sequence of maps as the value');
      this.#count();
      const fill = (): void => this.#nested(() => this.#fill(object, target));
      if (isAlias(map)) this.#expand(map, fill);
      else fill();
    }
  }

  /** The name that a key gives, and how Go shows that key. */
  #key(node: Node, value: Node): { name: string; shown: string } {
    this.#count();
    if (isAlias(node)) return this.#expand(node, () => this.#key(this.#targets.get(node)!, value));
    if (node && !isScalar(node)) throw new YamlError(`yaml: invalid map key: ${goLiteral(this.#value(node))}`);
    const { kind, value: key } = node ? this.#meaningOf(node) : nullScalar;
    if (kind === 'null') throw new YamlError(`unsupported map key of type: %!s(<nil>), key: <nil>, value: ${goLiteral(this.#value(value))}`);
    if (typeof key === 'string') return { name: key, shown: goQuote(key) };
    const name = kind === 'float' ? (nonFinite(key as number) ?? goFormatFloat(key as number, 32)) : String(key);
    return { name, shown: name };
  }

  /** An untagged scalar's meaning depends on its text only where it is not quoted. */
  #meaningOf(node: Scalar.Parsed): ResolvedScalar {
    const text = this.#textOf(node);
    if (node.tag !== undefined) return resolveTagged(node.tag, text);
    return isPlain(node) ? resolvePlain(text) : { kind: 'str', value: text };
  }

  /** A block that the text ends in without a line break has none at its end either. */
  #textOf(node: Scalar.Parsed): string {
    const text = String(node.value ?? '');
    const isCutOff = node.type?.startsWith('BLOCK') && node.range[1] >= this.#text.length && !this.#text.endsWith('\n');
    return isCutOff && text.endsWith('\n') ? text.slice(0, -1) : text;
  }

  #expand<T>(alias: Alias, run: () => T): T {
    if (this.#expanding.has(alias)) throw new YamlError(`yaml: anchor '${alias.source}' value contains itself`);
    this.#expanding.add(alias);
    const result = run();
    this.#expanding.delete(alias);
    return result;
  }

  #nested<T>(run: () => T): T {
    if (++this.#depth > maxDepth + 1) throw new YamlError(`yaml: exceeded max depth of ${maxDepth}`);
    const result = run();
    this.#depth--;
    return result;
  }

  /** Refuses text that is small and means something huge: the share of values that come out of aliases is bounded, the more tightly the more values there are. */
  #count(): void {
    this.#decoded++;
    if (this.#expanding.size > 0) this.#decodedOfAliases++;
    if (this.#decodedOfAliases <= 100 || this.#decoded <= 1000) return;
    if (this.#decodedOfAliases / this.#decoded > allowedAliasShare(this.#decoded)) throw new YamlError('yaml: document contains excessive aliasing');
  }
}

/** 99% up to 400,000 values, falling to 10% at four million. */
const allowedAliasShare = (decoded: number): number => Math.max(0.1, Math.min(0.99, 0.99 - (0.89 * (decoded - 400_000)) / 3_600_000));

const nullScalar: ResolvedScalar = { kind: 'null', value: null };

const isPlain = (node: Scalar.Parsed): boolean => node.type === undefined || node.type === 'PLAIN';

const isMergeKey = (node: Node): boolean =>
  isScalar(node) && node.value === '<<' && (node.tag === undefined ? isPlain(node as Scalar.Parsed) : node.tag === 'tag:yaml.org,2002:merge');

function jsonScalar({ kind, value }: ResolvedScalar): unknown {
  if (kind === 'float' && !Number.isFinite(value)) throw new YamlError(`json: unsupported value: ${goNonFinite(value as number)}`);
  return value;
}

const goNonFinite = (value: number): string => (Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf');
const nonFinite = (value: number): string | undefined => (Number.isFinite(value) ? undefined : Number.isNaN(value) ? '.nan' : value > 0 ? '.inf' : '-.inf');

/** Go's `%#v` of what go-yaml decodes into. */
function goLiteral(value: unknown): string {
  if (value === null) return '<nil>';
  if (typeof value === 'string') return goQuote(value);
  if (Array.isArray(value)) return `[]interface {}{${value.map((item) => (item === null ? 'interface {}(nil)' : goLiteral(item))).join(', ')}}`;
  if (typeof value !== 'object') return String(value);
  const members = Object.entries(value).map(([name, member]) => `${goQuote(name)}:${member === null ? 'interface {}(nil)' : goLiteral(member)}`);
  return `map[interface {}]interface {}{${members.join(', ')}}`;
}
