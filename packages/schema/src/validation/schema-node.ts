/**
 * Validates values against one node of a schema, in the reference's words (kube-openapi/pkg/validation/validate).
 *
 * Children are compiled when a value first has them, so that a schema costs what is used of it.
 */
import { jsonEqual } from '@apiserver-kit/machinery';
import { type FormatCheck, formatCheck, isSupportedFormat } from '../formats/formats.js';
import { canonicalJson } from '../objects/json-values.js';
import { type Regexp, compileRegexp } from '../regexp.js';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';
import type { Correlation } from './correlation.js';
import { Findings } from './findings.js';
import { type Junctors, checkJunctors } from './junctors.js';
import { type NumberRules, checkNumber, isInt64, isNearInteger, numberRules } from './number-checks.js';
import * as sentences from './sentences.js';

export interface SchemaNodeOptions {
  /**
   * `served`: as objects are validated: unsupported formats mean nothing, and an int-or-string must be one.
   * `written`: as defaults are validated: the schema's words are taken as they stand.
   */
  readonly reading: 'served' | 'written';
  /** What a number without a fraction was decoded to: `int64`, as an API server does, or `float64`, as other users of the reference's library do. The findings differ in words. */
  readonly integers: 'int64' | 'float64';
}

export class SchemaNode {
  readonly types: readonly string[];
  private readonly format: string | undefined;
  private readonly formatCheck: FormatCheck | undefined;
  private readonly numbers: NumberRules;
  private regexp: Regexp | { readonly problem: string } | undefined;
  private readonly propertyNodes = new Map<string, SchemaNode>();
  private itemNode: SchemaNode | undefined;
  private valueNode: SchemaNode | undefined;
  private junctors: Junctors | undefined;

  constructor(
    readonly schema: StructuralSchema,
    private readonly options: SchemaNodeOptions,
  ) {
    const { type, format } = schema;
    const isServed = options.reading === 'served';
    this.types = isServed && schema.intOrString ? ['integer', 'string'] : type === undefined ? [] : [type];
    const typeOfFormat = this.types.length === 1 ? this.types[0] : undefined;
    this.format = format !== undefined && isServed && !isSupportedFormat(typeOfFormat, format) ? undefined : format;
    this.formatCheck = this.format === undefined ? undefined : formatCheck(this.format);
    this.numbers = numberRules(schema, this.types, this.format, options.integers);
  }

  /** Adds to `findings` what is wrong with `value`, which stands at `path`. With `correlation`, what is unchanged is not told. */
  validate(value: unknown, path: string, findings: Findings, correlation?: Correlation): void {
    const before = findings.count;
    this.check(value, path, findings, correlation);
    if (correlation !== undefined && findings.count > before && correlation.isUnchanged()) findings.truncate(before);
  }

  /** Whether nothing is wrong with `value`. */
  isValid(value: unknown): boolean {
    const findings = new Findings({ isQuiet: true });
    this.check(value, '', findings, undefined);
    return findings.count === 0;
  }

  /** Whether the value is no text, or one of the right pattern and format. */
  hasValidText(value: unknown): boolean {
    if (typeof value !== 'string') return true;
    const findings = new Findings({ isQuiet: true });
    this.checkString(value, '', findings);
    return findings.count === 0;
  }

  /** Whether `allOf`, `anyOf`, `oneOf` and `not` hold. They say nothing about null. */
  meetsJunctors(value: unknown): boolean {
    if (value === null) return true;
    const findings = new Findings({ isQuiet: true });
    this.checkJunctors(value, '', findings);
    return findings.count === 0;
  }

  /** Whether the value is one of the enum, if there is one. */
  isInEnum(value: unknown): boolean {
    return this.schema.enum === undefined || this.schema.enum.some((allowed) => isEnumValue(value, allowed));
  }

  private check(value: unknown, path: string, findings: Findings, correlation: Correlation | undefined): void {
    if (value === null) {
      this.checkNull(path, findings);
      return;
    }
    if (this.types.length > 0 || this.format !== undefined) {
      this.checkType(value, path, findings);
      findings.checks++;
    }
    this.checkJunctors(value, path, findings);
    findings.checks += 3;
    switch (typeof value) {
      case 'string':
        this.checkString(value, path, findings);
        findings.checks += this.formatCheck ? 2 : 1;
        break;
      case 'number':
      case 'bigint':
        checkNumber(value, this.numbers, path, findings);
        findings.checks += 2;
        break;
      case 'object':
        if (Array.isArray(value)) {
          this.checkItems(value, path, findings, correlation);
          findings.checks += 2;
        } else findings.checks++;
    }
    this.checkEnum(value, path, findings);
    findings.checks++;
    if (typeof value === 'object' && !Array.isArray(value)) this.checkMembers(value as Record<string, unknown>, path, findings, correlation);
  }

  private checkNull(path: string, findings: Findings): void {
    if (this.types.length > 0 && !this.schema.nullable) findings.add(sentences.wrongType(path, this.types.join(','), 'null'));
    else findings.checks++;
    this.checkEnum(null, path, findings);
  }

  private checkType(value: unknown, path: string, findings: Findings): void {
    const { types, format } = this;
    const isNumeric = types.includes('number') || types.includes('integer');
    const actual = typeName(value, this.numbers);
    const isOfType =
      types.includes(actual) ||
      (actual === 'integer' && types.includes('number')) ||
      (actual === 'number' && types.includes('integer') && isNearInteger(value as number));
    const mayHaveFormat = actual === 'string' || actual === 'array';
    // With a format, texts and lists are left to the check of the format, which lists do not have.
    if (format !== undefined && mayHaveFormat && !isNumeric) findings.checks++;
    else if (isOfType) findings.checks++;
    else if (format !== undefined && !mayHaveFormat) {
      const actualFormat = actual === 'integer' ? 'int64' : actual === 'number' ? 'float64' : '';
      if (format !== actualFormat) findings.add(sentences.wrongType(path, format, actualFormat));
      else findings.add(sentences.wrongType(path, types.join(','), actual));
    } else findings.add(sentences.wrongType(path, types.join(','), actual));
  }

  private checkString(value: string, path: string, findings: Findings): void {
    const { maxLength, minLength, pattern } = this.schema;
    const length = maxLength === undefined && minLength === undefined ? 0 : characters(value);
    if (maxLength !== undefined && length > maxLength) findings.add(sentences.longerThan(path, maxLength));
    else if (minLength !== undefined && length < minLength) findings.add(sentences.shorterThan(path, minLength, value));
    else if (pattern !== undefined) {
      const regexp = this.pattern(pattern);
      if ('problem' in regexp) findings.add(sentences.notMatching(path, `${pattern}, but pattern is invalid: ${regexp.problem}`, value));
      else if (!regexp.test(value)) findings.add(sentences.notMatching(path, pattern, value));
    }
    if (this.formatCheck && !this.formatCheck(value)) findings.add(sentences.wrongType(path, this.format!, value));
  }

  private pattern(pattern: string): Regexp | { readonly problem: string } {
    if (this.regexp === undefined) {
      try {
        this.regexp = compileRegexp(pattern);
      } catch (error) {
        this.regexp = { problem: (error as Error).message };
      }
    }
    return this.regexp;
  }

  private checkItems(items: readonly unknown[], path: string, findings: Findings, correlation: Correlation | undefined): void {
    const { schema } = this;
    if (schema.items !== undefined && items.length > 0) {
      this.itemNode ??= new SchemaNode(schema.items, this.options);
      for (let i = 0; i < items.length; i++) this.itemNode.validate(items[i], findings.isQuiet ? '' : `${path}[${i}]`, findings, correlation?.item(i));
    }
    const { minItems, maxItems } = schema;
    if (minItems !== undefined && items.length < minItems) findings.add(sentences.tooFewItems(path, items.length, minItems));
    if (maxItems !== undefined && items.length > maxItems) findings.add(sentences.tooManyItems(path, items.length, maxItems));
    if (schema.uniqueItems && new Set(items.map(canonicalJson)).size < items.length) findings.add(sentences.duplicateItems(path));
  }

  private checkEnum(value: unknown, path: string, findings: Findings): void {
    if (!this.isInEnum(value)) findings.add(sentences.notInEnum(path, value, this.schema.enum!));
  }

  private checkMembers(object: Record<string, unknown>, path: string, findings: Findings, correlation: Correlation | undefined): void {
    const { minProperties, maxProperties, properties, additionalProperties, required } = this.schema;
    if (minProperties !== undefined || maxProperties !== undefined) {
      const count = Object.keys(object).length;
      if (minProperties !== undefined && count < minProperties) findings.add(sentences.tooFewProperties(path, count, minProperties));
      if (maxProperties !== undefined && count > maxProperties) findings.add(sentences.tooManyProperties(path, count, maxProperties));
    }
    const values = valueSchema(this.schema);
    if (values !== undefined || additionalProperties === false)
      for (const name in object) {
        if (properties?.has(name)) continue;
        if (values === undefined) findings.add(sentences.forbiddenProperty(path, name));
        else {
          this.valueNode ??= new SchemaNode(values, this.options);
          this.valueNode.validate(object[name], findings.isQuiet ? '' : `${path}.${name}`, findings, this.memberOf(correlation, path, name));
        }
      }
    if (properties !== undefined)
      for (const name in object) {
        const property = this.property(name);
        property?.validate(object[name], findings.isQuiet ? '' : path === '' ? name : `${path}.${name}`, findings, this.memberOf(correlation, path, name));
      }
    if (required !== undefined) for (const name of required) if (!Object.hasOwn(object, name)) findings.add(sentences.missing(`${path}.${name}`));
  }

  /** The object's kind and version are never unchanged: old and new objects are converted to the same one. */
  private memberOf(correlation: Correlation | undefined, path: string, name: string): Correlation | undefined {
    return correlation === undefined || (path === '' && (name === 'kind' || name === 'apiVersion')) ? undefined : correlation.member(name);
  }

  private property(name: string): SchemaNode | undefined {
    const known = this.propertyNodes.get(name);
    if (known) return known;
    const schema = this.schema.properties!.get(name);
    if (schema === undefined) return undefined;
    const node = new SchemaNode(schema, this.options);
    this.propertyNodes.set(name, node);
    return node;
  }

  private checkJunctors(value: unknown, path: string, findings: Findings): void {
    const { allOf, anyOf, oneOf, not } = this.schema;
    if (allOf === undefined && anyOf === undefined && oneOf === undefined && not === undefined) return;
    const nodes = (clauses: readonly StructuralSchema[] = []): SchemaNode[] => clauses.map((clause) => new SchemaNode(clause, this.options));
    this.junctors ??= { allOf: nodes(allOf), anyOf: nodes(anyOf), oneOf: nodes(oneOf), not: nodes(not && [not]) };
    checkJunctors(this.junctors, value, path, findings);
  }
}

/** The JSON schema type of a value that is not null. */
function typeName(value: unknown, rules: NumberRules): string {
  if (Array.isArray(value)) return 'array';
  if (typeof value === 'number' || typeof value === 'bigint') return isInt64(value, rules) ? 'integer' : 'number';
  return typeof value;
}

/** Unicode characters, which is what lengths count. */
function characters(text: string): number {
  let count = text.length;
  for (let i = 0; i < text.length - 1; i++) {
    const unit = text.charCodeAt(i);
    if (unit >= 0xd800 && unit < 0xdc00 && (text.charCodeAt(i + 1) & 0xfc00) === 0xdc00) {
      count--;
      i++;
    }
  }
  return count;
}

/** Equal, or a float whose integer part is the allowed integer: the reference converts before it compares. Null is never one of the values. */
function isEnumValue(value: unknown, allowed: unknown): boolean {
  if (value === null || allowed === null) return false;
  if (typeof value === 'number' && typeof allowed === 'number' && Number.isSafeInteger(allowed)) return Math.trunc(value) === allowed;
  return jsonEqual(value, allowed);
}
