/** What calls cost when they run: the rules of cel-go, and over them those of Kubernetes for its libraries. */
import { ListValue, MapValue, ObjectValue, type Value } from '../values/value.js';
import { byteLength } from '@apiserver-kit/machinery';
import type { CallCost, CostRules } from './cost-rules.js';
import { listCost, regexFactor, sizeOf, sizeWithin, structCost, traversalFactor } from './sizes.js';

const scan = (size: number, factor = traversalFactor): number => Math.ceil(size * factor);
const scanFirst: CallCost = ([first]) => scan(sizeOf(first!));
const one: CallCost = () => 1;

/** A text of that size searched by an expression of that size. */
const regexCost = (text: number, pattern: number): number => scan(1 + text) * scan(pattern, regexFactor);

const compareSizes: CallCost = ([a, b]) => scan(Math.min(sizeWithin(a!), sizeWithin(b!)));
const bySize =
  (of: (args: readonly Value[]) => number): CallCost =>
  (args) =>
    scan(of(args));

/** By the overload. */
const usual: Readonly<Record<string, CallCost>> = {
  starts_with_string: bySize(([, part]) => sizeWithin(part!)),
  ends_with_string: bySize(([, part]) => sizeWithin(part!)),
  string_to_bytes: bySize(([value]) => sizeWithin(value!)),
  bytes_to_string: bySize(([value]) => sizeWithin(value!)),
  strings_quote: bySize(([value]) => sizeWithin(value!)),
  string_format: bySize(([value]) => sizeWithin(value!)),
  in_list: ([, list]) => sizeWithin(list!),
  less_string: compareSizes,
  greater_string: compareSizes,
  less_equals_string: compareSizes,
  greater_equals_string: compareSizes,
  less_bytes: compareSizes,
  greater_bytes: compareSizes,
  less_equals_bytes: compareSizes,
  greater_equals_bytes: compareSizes,
  equals: compareSizes,
  not_equals: compareSizes,
  add_string: bySize(([a, b]) => sizeWithin(a!) + sizeWithin(b!)),
  add_bytes: bySize(([a, b]) => sizeWithin(a!) + sizeWithin(b!)),
  matches: ([text, pattern]) => regexCost(sizeWithin(text!), sizeWithin(pattern!)),
  matches_string: ([text, pattern]) => regexCost(sizeWithin(text!), sizeWithin(pattern!)),
  contains_string: ([text, part]) => scan(sizeWithin(text!)) * scan(sizeWithin(part!)),
};

/** A walk over a whole value. */
function traversal(value: Value): number {
  if (typeof value === 'string') return Math.trunc(byteLength(value) * traversalFactor);
  if (value instanceof Uint8Array) return Math.trunc(value.length * traversalFactor);
  let cost = 0;
  if (value instanceof ListValue) {
    for (let i = 0; i < value.size; i++) cost += traversal(value.at(i));
    return cost;
  }
  if (!(value instanceof MapValue)) return 1;
  // The reference looks for these too, by no key at all.
  cost += value.hiddenSize * 2;
  for (const key of value.keys()) cost += traversal(key) + traversal(value.find(key)!);
  return cost;
}

/** What parsing a selector of that length costs. */
export const selectorCost = (length: number): number =>
  listCost + Math.ceil(length * traversalFactor) + Math.ceil(Math.ceil(length * 0.5) * (listCost + structCost));

const walk: CallCost = (args) => (args.length > 0 ? traversal(args[0]!) : 0);
const selector: CallCost = ([, text]) => selectorCost(sizeOf(text!));

/** A value of the format library says how large its pattern is. */
export interface SizedPattern {
  readonly patternSize: number;
}

const constant = ['serviceAccount', 'path', 'group', 'resource', 'subresource', 'namespace', 'name', 'allowed', 'reason', 'error', 'errored']
  .concat(['masked', 'prefixLength', 'family', 'isUnspecified', 'isLoopback', 'isLinkLocalMulticast', 'isLinkLocalUnicast', 'isGlobalUnicast'])
  .concat(['format.named', 'sign', 'asInteger', 'isInteger', 'asApproximateFloat', 'isGreaterThan', 'isLessThan', 'compareTo', 'add', 'sub'])
  .concat(['major', 'minor', 'patch', 'getScheme', 'getHostname', 'getHost', 'getPort', 'getEscapedPath', 'getQuery']);
const walks = ['isSorted', 'sum', 'max', 'min', 'indexOf', 'lastIndexOf', 'includes'];
const scans = ['url', 'lowerAscii', 'upperAscii', 'substring', 'trim', 'jsonpatch.escapeKey', 'cidr', 'isIP', 'isCIDR'].concat([
  'quantity',
  'isQuantity',
  'semver',
  'isSemver',
]);
const all = (names: readonly string[], cost: CallCost): [string, CallCost][] => names.map((name) => [name, cost]);
const scanTwice: CallCost = ([first]) => scan(sizeOf(first!) * 2);

/** By the function, whatever library it is from. */
const ofKubernetes: ReadonlyMap<string, (overload: string) => CallCost | undefined> = new Map(
  (
    [
      ...all(constant, one),
      ...all(walks, walk),
      ...all(scans, scanFirst),
      ['check', () => 350_000],
      ['fieldSelector', selector],
      ['labelSelector', selector],
      ['replace', scanTwice],
      ['split', scanTwice],
      ['ip.isCanonical', scanTwice],
      ['join', (_args, result) => scan(sizeOf(result) * 2)],
      ['find', ([text, pattern]) => regexCost(sizeOf(text!), sizeOf(pattern!))],
      ['findAll', ([text, pattern]) => regexCost(sizeOf(text!), sizeOf(pattern!))],
    ] as [string, CallCost][]
  ).map(([name, cost]) => [name, () => cost]),
);

function cidrCost(name: string, overload: string): CallCost | undefined {
  if (name === 'ip') return overload === 'cidr_ip' ? one : scanFirst;
  if (name !== 'containsIP' && name !== 'containsCIDR') return undefined;
  return ([cidr, other]) => {
    let cost = scan(sizeOf(cidr!) * 2);
    if (name === 'containsCIDR') cost += scan(sizeOf(cidr!)) + 1;
    return overload.endsWith('_string') ? cost + scan(sizeOf(other!)) : cost;
  };
}

const validate: CallCost = ([format, text]) => {
  const { patternSize } = format as unknown as Partial<SizedPattern>;
  return patternSize === undefined ? 1 : regexCost(sizeOf(text!), patternSize);
};

/** Objects of libraries are compared at once. */
const equality: CallCost = (args, result) => (args[0] instanceof ObjectValue && !args[0].isPlain ? 1 : usual.equals!(args, result));

/** What a call costs; a number where that is always the same. */
export function costOfCall(name: string, overload: string, libraries: readonly CostRules[]): number | CallCost {
  for (const { runtime } of libraries) if (runtime && Object.hasOwn(runtime, overload)) return runtime[overload]!;
  if (name === '_==_') return equality;
  if (name === 'validate') return validate;
  const cost = cidrCost(name, overload) ?? ofKubernetes.get(name)?.(overload);
  if (cost) return cost === one ? 1 : cost;
  return Object.hasOwn(usual, overload) ? usual[overload]! : 1;
}
