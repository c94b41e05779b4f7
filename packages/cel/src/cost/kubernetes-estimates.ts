/** Estimates of what calls of Kubernetes' libraries cost. */
import type { CallEstimate, EstimatedNode } from './estimate.js';
import { type Range, addRanges, estimatedSize as sizeOf, fixed, largest, multiplySizes, plusCost, sizeCost, unionRanges } from './estimates.js';
import { listCost, regexFactor, structCost, traversalFactor } from './sizes.js';

type ElementsOf = (list: EstimatedNode) => EstimatedNode | undefined;
type Nodes = readonly EstimatedNode[];
type Estimate = (overload: string, target: EstimatedNode | undefined, args: Nodes, elementsOf: ElementsOf) => CallEstimate | undefined;

const one: Estimate = () => ({ cost: fixed(1) });
const scan = (node: EstimatedNode, factor = traversalFactor): Range => sizeCost(sizeOf(node), factor);
const scanFirst: Estimate = (_overload, _target, [first]) => first && { cost: scan(first) };
/** The result is as large as the text. */
const transform = (node: EstimatedNode | undefined): CallEstimate | undefined => node && { cost: scan(node), size: sizeOf(node) };

const isText = ({ type: { kind } }: EstimatedNode): boolean => kind === 'string' || kind === 'bytes';

const walk =
  (name: string): Estimate =>
  (_overload, target, _args, elementsOf) => {
    if (!target) return undefined;
    const element = elementsOf(target);
    if (!element && name !== 'includes') return { cost: scan(target) };
    const each = element && isText(element) ? plusCost(scan(element), 1) : fixed(1);
    return { cost: multiplySizes(sizeOf(target), each) };
  };

const selector: Estimate = (_overload, _target, [text]) => {
  if (!text) return undefined;
  const requirements = sizeCost(sizeCost(sizeOf(text), 0.5), listCost + structCost);
  return { cost: addRanges(plusCost(scan(text), listCost), requirements) };
};

const replace: Estimate = (_overload, target, [from, to]) => {
  if (!target || !from || !to) return undefined;
  const [text, old, added] = [sizeOf(target), sizeOf(from), sizeOf(to)];
  let [countMin, countMax, keptMin, keptMax] = [0, 0, 0, 0];
  if (old.min === 0) [countMax, keptMax] = [text.max < largest ? text.max + 1 : text.max, text.max];
  else if (added.max <= old.min) keptMax = text.max;
  else countMax = Math.ceil(text.max / old.min);
  if (old.max === 0) [countMin, keptMin] = [text.min < largest ? text.min + 1 : text.min, text.min];
  else if (old.max <= added.min) keptMin = text.min;
  else countMin = Math.ceil(text.min / old.max);
  const size = addRanges(multiplySizes({ min: countMin, max: countMax }, added), { min: keptMin, max: keptMax });
  return { cost: scan(target, 2 * traversalFactor), size };
};

const split: Estimate = (_overload, target, [, limit]) => {
  if (!target) return undefined;
  const value = limit?.expr?.kind === 'literal' ? limit.expr.value : undefined;
  const max = typeof value === 'number' || typeof value === 'bigint' ? (value < 0 ? largest : Number(value)) : sizeOf(target).max;
  return { cost: scan(target, 2 * traversalFactor), size: { min: 0, max } };
};

const join: Estimate = (_overload, target, [separator], elementsOf) => {
  if (!target) return undefined;
  const count = sizeOf(target);
  const element = elementsOf(target);
  let size = element ? multiplySizes(count, sizeOf(element)) : fixed(0);
  if (separator) size = addRanges(size, multiplySizes(sizeOf(separator), { min: Math.max(count.min - 1, 0), max: Math.max(count.max - 1, 0) }));
  return { cost: sizeCost(size, traversalFactor), size };
};

const find: Estimate = (_overload, target, [pattern]) => {
  if (!target || !pattern) return undefined;
  const text = sizeCost(plusCost(sizeOf(target), 1), traversalFactor);
  return { cost: multiplySizes(text, scan(pattern, regexFactor)), size: { min: 0, max: sizeOf(target).max } };
};

const address: Range = { min: 4, max: 16 };
const contains =
  (name: 'containsIP' | 'containsCIDR'): Estimate =>
  (overload, _target, [other]) => {
    if (!other) return undefined;
    let cost = sizeCost(addRanges(address, address), traversalFactor);
    if (name === 'containsCIDR') cost = plusCost(addRanges(cost, sizeCost(address, traversalFactor)), 1);
    return { cost: overload.endsWith('_string') ? addRanges(cost, scan(other)) : cost };
  };

const maxNamedFormat = 64;
const maxPattern = 128;

const validate: Estimate = (_overload, _target, [text]) => text && { cost: sizeCost(scan(text), maxPattern * regexFactor) };

const constantTypes: ReadonlySet<string> = new Set([
  'net.IP',
  'net.CIDR',
  'kubernetes.Quantity',
  'kubernetes.Semver',
  ...['Authorizer', 'PathCheck', 'GroupCheck', 'ResourceCheck', 'Decision'].map((name) => `kubernetes.authorization.${name}`),
]);

const equality: Estimate = (_overload, _target, [a, b]) => {
  if (!a || !b || !a.type.isExactly(b.type)) return undefined;
  const { name } = a.type;
  if (constantTypes.has(name)) return { cost: fixed(1) };
  if (name === 'kubernetes.NamedFormat') return { cost: sizeCost({ min: 1, max: maxNamedFormat }, traversalFactor) };
  if (name !== 'kubernetes.URL') return undefined;
  const size = b.size ? unionRanges(b.size, b.size) : fixed(1);
  return { cost: sizeCost({ min: 1, max: size.max }, traversalFactor) };
};

const each = (names: readonly string[], estimate: Estimate): [string, Estimate][] => names.map((name) => [name, estimate]);

const estimates: ReadonlyMap<string, Estimate> = new Map<string, Estimate>([
  ['check', () => ({ cost: fixed(350_000) })],
  ...each('serviceAccount path group resource subresource namespace name allowed reason error errored'.split(' '), one),
  ...each('masked prefixLength family isUnspecified isLoopback isLinkLocalMulticast isLinkLocalUnicast isGlobalUnicast format.named'.split(' '), one),
  ...each('sign asInteger isInteger asApproximateFloat isGreaterThan isLessThan compareTo add sub major minor patch'.split(' '), one),
  ...each('getScheme getHostname getHost getPort getEscapedPath getQuery'.split(' '), one),
  ...'isSorted sum max min indexOf lastIndexOf includes'.split(' ').map((name): [string, Estimate] => [name, walk(name)]),
  ...each(['fieldSelector', 'labelSelector'], selector),
  ...each(['url', 'jsonpatch.escapeKey'], (_overload, _target, [first]) => transform(first)),
  ...each(['lowerAscii', 'upperAscii', 'substring', 'trim'], (_overload, target) => transform(target)),
  ...each('cidr isIP isCIDR quantity isQuantity semver isSemver'.split(' '), scanFirst),
  ['ip', (overload, target, args, elementsOf) => (overload === 'cidr_ip' ? { cost: fixed(1) } : scanFirst(overload, target, args, elementsOf))],
  ['ip.isCanonical', (_overload, _target, [first]) => first && { cost: scan(first, 2 * traversalFactor) }],
  ['replace', replace],
  ['split', split],
  ['join', join],
  ['find', find],
  ['findAll', find],
  ['containsIP', contains('containsIP')],
  ['containsCIDR', contains('containsCIDR')],
  ['validate', validate],
  ['_==_', equality],
]);

/** The estimate of a call by its function; undefined where Kubernetes has no rule of its own. */
export const estimateKubernetesCall = (
  name: string,
  overload: string,
  target: EstimatedNode | undefined,
  args: Nodes,
  elementsOf: ElementsOf,
): CallEstimate | undefined => estimates.get(name)?.(overload, target, args, elementsOf);
