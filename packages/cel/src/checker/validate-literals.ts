/** What can be told of literals before anything is evaluated: durations, timestamps, regular expressions, lists of one type, format strings. */
import { type Call, type Expr, childrenOf } from '../syntax/ast.js';
import type { Issue } from '../syntax/source.js';
import { isOptional } from '../types/type.js';
import { convert } from '../values/convert.js';
import { CelError, type Value } from '../values/value.js';
import { compileRegex } from '../values/regex.js';
import type { Checked } from './checker.js';
import { validateFormatCall } from './validate-format.js';

/** The rules, by the version of Kubernetes that brought them: all at once. */
export function validateLiterals(checked: Checked): Issue[] {
  const issues: Issue[] = [];
  const report = ({ id }: { readonly id: number }, message: string): void => {
    issues.push({ location: checked.parsed.source.locate(checked.parsed.offsets[id] ?? -1), message });
  };
  const everything = withinFormat(checked.expr, false);
  for (const { expr } of everything) if (expr.kind === 'call') validateCall(expr, checked, report);
  for (const { expr, isFormatted } of everything) if (expr.kind === 'list' && !isFormatted) validateList(expr, checked, report);
  for (const { expr, isFormatted } of everything) if (expr.kind === 'map' && !isFormatted) validateMap(expr, checked, report);
  for (const { expr } of everything) if (expr.kind === 'call' && expr.name === 'format') validateFormatCall(expr, checked, report);
  return issues;
}

type Report = (at: { readonly id: number }, message: string) => void;

interface Placed {
  readonly expr: Expr;
  /** Within the arguments of `format`, which may be of any type. */
  readonly isFormatted: boolean;
}

function withinFormat(expr: Expr, isFormatted: boolean): Placed[] {
  const inside = isFormatted || (expr.kind === 'call' && expr.name === 'format');
  return [{ expr, isFormatted }, ...childrenOf(expr).flatMap((child) => withinFormat(child, inside))];
}

const literalChecks: Readonly<Record<string, (value: Value) => boolean>> = {
  duration: (value) => !(convert(value, 'duration') instanceof CelError),
  timestamp: (value) => !(convert(value, 'timestamp') instanceof CelError),
  // Of `matches(text, pattern)` this is the text: so the reference has it.
  matches: (value) => typeof value !== 'string' || !(compileRegex(value) instanceof CelError),
};

function validateCall({ name, args }: Call, _checked: Checked, report: Report): void {
  const check = Object.hasOwn(literalChecks, name) ? literalChecks[name] : undefined;
  const [arg] = args;
  if (check && arg?.kind === 'literal' && !check(arg.value)) report(arg, `invalid ${name} argument`);
}

function validateList({ elements, optionals }: Extract<Expr, { kind: 'list' }>, { typeOf }: Checked, report: Report): void {
  const typeAt = (i: number): ReturnType<typeof typeOf> => (optionals.has(i) ? contentOf(typeOf(elements[i]!)) : typeOf(elements[i]!));
  for (let i = 1; i < elements.length; i++) {
    if (typeAt(0).isEquivalent(typeAt(i))) continue;
    report(elements[i]!, `expected type '${typeAt(0).text}' but found '${typeAt(i).text}'`);
    return;
  }
}

const contentOf = (type: ReturnType<Checked['typeOf']>): typeof type => (isOptional(type) ? type.params[0]! : type);

function validateMap({ entries }: Extract<Expr, { kind: 'map' }>, { typeOf }: Checked, report: Report): void {
  const [first, ...rest] = entries;
  if (!first) return;
  const valueType = ({ value, isOptional: unwraps }: (typeof entries)[number]): ReturnType<typeof typeOf> =>
    unwraps ? contentOf(typeOf(value)) : typeOf(value);
  for (const entry of rest) {
    const [key, value] = [typeOf(entry.key), valueType(entry)];
    if (!typeOf(first.key).isEquivalent(key)) report(entry.key, `expected type '${typeOf(first.key).text}' but found '${key.text}'`);
    if (!valueType(first).isEquivalent(value)) report(entry.value, `expected type '${valueType(first).text}' but found '${value.text}'`);
  }
}
