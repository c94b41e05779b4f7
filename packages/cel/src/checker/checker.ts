/** Infers the type of every part of an expression, and says what does not fit (cel-go's checker). */
import type { FunctionDeclaration, Overload } from '../library/declaration.js';
import type { Call, Comprehension, Expr, List, Literal, MapExpr, Select, Struct } from '../syntax/ast.js';
import type { Parsed } from '../syntax/parse.js';
import type { Issue } from '../syntax/source.js';
import { Substitutions, mostGeneral, substitute } from '../types/assignability.js';
import * as types from '../types/type.js';
import { type Type, isOptional, optionalOf } from '../types/type.js';
import { typeOf } from '../values/value.js';
import { type Declarations, Scope } from './scope.js';

/** An expression of which the checker knows everything. */
export interface Checked {
  readonly parsed: Parsed;
  /** With names and calls resolved: `a.b` that is one name is an ident. */
  readonly expr: Expr;
  readonly typeOf: (expr: Expr) => Type;
  /** The overloads that the call may be, by the id of the call. */
  readonly overloads: ReadonlyMap<number, readonly string[]>;
  /** Names of variables and types, by the id of the ident. */
  readonly names: ReadonlyMap<number, string>;
  readonly issues: Issue[];
}

/** Checks what was parsed without errors. */
export function check(parsed: Parsed, declarations: Declarations): Checked {
  const checker = new Checker(parsed, declarations);
  const expr = checker.run();
  return {
    parsed,
    expr,
    typeOf: ({ id }) => checker.types.get(id) ?? types.error,
    overloads: checker.overloads,
    names: checker.names,
    issues: checker.issues,
  };
}

const isFlexible = ({ kind }: Type): boolean => kind === 'dyn' || kind === 'any' || kind === 'error';
const unwrapOptional = (type: Type): Type => (isOptional(type) ? type.params[0]! : type);

class Checker {
  readonly types = new Map<number, Type>();
  readonly overloads = new Map<number, readonly string[]>();
  readonly names = new Map<number, string>();
  readonly issues: Issue[] = [];
  #known = new Substitutions();
  #scope: Scope;

  constructor(
    readonly parsed: Parsed,
    declarations: Declarations,
  ) {
    this.#scope = new Scope(declarations);
  }

  run(): Expr {
    const expr = this.#check(this.parsed.expr);
    for (const [id, type] of this.types) this.types.set(id, substitute(this.#known, type, 'dyn'));
    return expr;
  }

  #report({ id }: { readonly id: number }, message: string): void {
    this.issues.push({ location: this.parsed.source.locate(this.parsed.offsets[id] ?? -1), message });
  }

  #type({ id }: Expr): Type {
    return this.types.get(id)!;
  }

  #typed<E extends Expr>(expr: E, type: Type): E {
    this.types.set(expr.id, type);
    return expr;
  }

  #assign(target: Type, source: Type): boolean {
    return this.#known.assign([target], [source]);
  }

  #check(expr: Expr): Expr {
    switch (expr.kind) {
      case 'literal':
        return this.#typed(expr, typeOf((expr as Literal).value));
      case 'ident':
        return this.#ident(expr, expr.name);
      case 'select':
        return this.#select(expr);
      case 'call':
        return expr.name === '_?._' ? this.#optionalSelect(expr) : this.#call(expr);
      case 'list':
        return this.#list(expr);
      case 'map':
        return this.#map(expr);
      case 'struct':
        return this.#struct(expr);
      case 'comprehension':
        return this.#comprehension(expr);
      case 'broken':
        this.#report(expr, 'unexpected unspecified type: ');
        return this.#typed(expr, types.error);
    }
  }

  #ident(expr: Expr, name: string): Expr {
    const found = this.#scope.resolve(name);
    if (!found) {
      this.#undeclared(expr, name);
      return this.#typed(expr, types.error);
    }
    return this.#resolved(expr.id, found.isShadowed ? `.${found.name}` : found.name, found.type);
  }

  #resolved(id: number, name: string, type: Type): Expr {
    this.names.set(id, name);
    return this.#typed({ kind: 'ident', id, name }, type);
  }

  #undeclared(expr: { readonly id: number }, name: string): void {
    this.#report(expr, `undeclared reference to '${name}' (in container '')`);
  }

  #select(expr: Select): Expr {
    const parts = qualifiedName(expr);
    const found = parts && this.#scope.resolveQualified(parts);
    if (found) return this.#resolved(expr.id, found.isShadowed ? `.${found.name}` : found.name, found.type);
    const operand = this.#check(expr.operand);
    const type = this.#field(expr, operand, expr.field, false);
    return this.#typed({ ...expr, operand }, expr.isTest ? types.bool : substitute(this.#known, type, 'keep'));
  }

  #optionalSelect(expr: Call): Expr {
    const [target, field] = expr.args as [Expr, Literal];
    const operand = this.#check(target);
    const type = this.#field(expr, operand, field.value as string, true);
    this.overloads.set(expr.id, ['select_optional_field']);
    this.#typed(field, types.string);
    return this.#typed({ ...expr, args: [operand, field] }, substitute(this.#known, type, 'keep'));
  }

  /** The type of a field. */
  #field(expr: Expr, operand: Expr, field: string, makesOptional: boolean): Type {
    const operandType = substitute(this.#known, this.#type(operand), 'keep');
    const target = unwrapOptional(operandType);
    let result = types.error;
    switch (target.kind) {
      case 'map':
        result = target.params[1]!;
        break;
      case 'struct':
        result = this.#structField(expr, target.name, field) ?? types.error;
        break;
      case 'typeParam':
        this.#assign(types.dyn, target);
        result = types.dyn;
        break;
      default:
        if (!isFlexible(target)) this.#report(expr, `type '${target.text}' does not support field selection`);
        result = types.dyn;
    }
    return makesOptional || target !== operandType ? optionalOf(result) : result;
  }

  #structField(expr: { readonly id: number }, struct: string, field: string): Type | undefined {
    const { provider } = this.#scope.declarations;
    if (!provider.findStruct(struct)) {
      this.#report(expr, `unexpected failed resolution of '${struct}'`);
      return undefined;
    }
    const found = provider.findField(struct, field);
    if (!found) this.#report(expr, `undefined field '${field}'`);
    return found;
  }

  #call(expr: Call): Expr {
    const args = expr.args.map((arg) => this.#check(arg));
    const plain: Call = { ...expr, args };
    if (!expr.target) {
      const found = this.#scope.function(expr.name);
      if (found) return this.#resolve({ ...plain, name: found.name }, found);
      this.#undeclared(expr, expr.name);
      return this.#typed(plain, types.error);
    }
    const prefix = qualifiedName(expr.target);
    const qualified = prefix && this.#scope.function(`${prefix.join('.')}.${expr.name}`);
    if (qualified) return this.#resolve({ ...plain, name: qualified.name, target: undefined }, qualified);
    const call: Call = { ...plain, target: this.#check(expr.target) };
    const found = this.#scope.function(expr.name);
    if (found) return this.#resolve(call, found);
    this.#undeclared(expr, expr.name);
    return this.#typed(call, types.error);
  }

  #resolve(call: Call, declaration: FunctionDeclaration): Expr {
    const operands = call.target ? [call.target, ...call.args] : call.args;
    if (declaration.name === '_&&_' || declaration.name === '_||_') return this.#logic(call, declaration);
    const argTypes = operands.map((operand) => this.#type(operand));
    const ids: string[] = [];
    let result: Type | undefined;
    for (const overload of declaration.overloads) {
      if (overload.isMember !== (call.target !== undefined) || overload.args.length !== argTypes.length) continue;
      const signature = this.#instantiate(overload);
      if (!this.#known.assign(argTypes, signature.args)) continue;
      ids.push(overload.id);
      const own = substitute(this.#known, signature.result, 'keep');
      if (result === undefined) result = own;
      else if (!result.isDyn && !own.isExactly(result)) result = types.dyn;
    }
    if (result === undefined) {
      this.#noOverload(call, declaration.name, argTypes);
      return this.#typed(call, types.error);
    }
    this.overloads.set(call.id, ids);
    return this.#typed(call, result);
  }

  /** With type parameters that belong to this call alone. */
  #instantiate({ args, result }: Overload): { args: readonly Type[]; result: Type } {
    const own = new Substitutions();
    const rename = (type: Type): void => {
      if (type.kind === 'typeParam' && !own.find(type)) own.set(type, this.#known.fresh());
      type.params.forEach(rename);
    };
    rename(result);
    args.forEach(rename);
    return { args: args.map((arg) => substitute(own, arg, 'keep')), result: substitute(own, result, 'keep') };
  }

  #logic(call: Call, { overloads }: FunctionDeclaration): Expr {
    let fits = true;
    for (const arg of call.args) {
      const type = this.#type(arg);
      if (this.#assign(type, types.bool)) continue;
      this.#mismatch(arg, types.bool, type);
      fits = false;
    }
    if (fits) this.overloads.set(call.id, [overloads[0]!.id]);
    return this.#typed(call, fits ? types.bool : types.error);
  }

  #noOverload(call: Call, name: string, argTypes: readonly Type[]): void {
    const shown = argTypes.map((type) => substitute(this.#known, type, 'dyn').text);
    const target = call.target ? `${shown.shift()}.` : '';
    this.#report(call, `found no matching overload for '${name}' applied to '${target}(${shown.join(', ')})'`);
  }

  #mismatch(expr: { readonly id: number }, expected: Type, actual: Type): void {
    this.#report(expr, `expected type '${expected.text}' but found '${actual.text}'`);
  }

  #list(expr: List): Expr {
    let joined: Type | undefined;
    const elements = expr.elements.map((element, i) => {
      const checked = this.#check(element);
      const type = expr.optionals.has(i) ? this.#optionalContent(checked) : this.#type(checked);
      joined = this.#join(joined, type);
      return checked;
    });
    return this.#typed({ ...expr, elements }, types.listOf(joined ?? this.#known.fresh()));
  }

  /** The type of what an optional element holds. */
  #optionalContent(expr: Expr): Type {
    const type = this.#type(expr);
    const content = unwrapOptional(type);
    if (content === type && !type.isDyn) this.#mismatch(expr, optionalOf(type), type);
    return content;
  }

  #map(expr: MapExpr): Expr {
    let [keyType, valueType]: (Type | undefined)[] = [];
    const entries = expr.entries.map((entry) => {
      const key = this.#check(entry.key);
      keyType = this.#join(keyType, this.#type(key));
      const value = this.#check(entry.value);
      valueType = this.#join(valueType, entry.isOptional ? this.#optionalContent(value) : this.#type(value));
      return { ...entry, key, value };
    });
    keyType ??= this.#known.fresh();
    valueType ??= this.#known.fresh();
    return this.#typed({ ...expr, entries }, types.mapOf(keyType, valueType));
  }

  /** The type of both. That literals hold one type only is told later, where they are not arguments of `format`. */
  #join(previous: Type | undefined, current: Type): Type {
    if (previous === undefined) return current;
    return this.#assign(previous, current) ? mostGeneral(previous, current) : types.dyn;
  }

  #struct(expr: Struct): Expr {
    const found = this.#scope.resolveType(expr.typeName);
    if (!found) {
      this.#undeclared(expr, expr.typeName);
      return this.#typed(expr, types.error);
    }
    this.names.set(expr.id, found.name);
    let result = found.type.params[0]!;
    if (result.kind !== 'struct') {
      this.#report(expr, `'${result.name}' is not a message type`);
      result = types.error;
    }
    const fields = expr.fields.map((field) => {
      const value = this.#check(field.value);
      const fieldType = this.#structField(field, found.name, field.name) ?? types.error;
      const valueType = field.isOptional ? this.#optionalContent(value) : this.#type(value);
      if (!this.#assign(fieldType, valueType))
        this.#report(field, `expected type of field '${field.name}' is '${fieldType.text}' but provided type is '${valueType.text}'`);
      return { ...field, value };
    });
    return this.#typed({ ...expr, typeName: found.name, fields }, result);
  }

  #comprehension(expr: Comprehension): Expr {
    const range = this.#check(expr.range);
    const initial = this.#check(expr.initial);
    const accumulated = this.#type(initial);
    const outer = this.#scope;
    const [first, second] = this.#loopTypes(range, expr.variable2 !== undefined);
    const around = outer.with([expr.accumulator, accumulated]);
    this.#scope = around.with([expr.variable, first]);
    if (expr.variable2 !== undefined) this.#scope = around.with([expr.variable, first], [expr.variable2, second!]);
    const condition = this.#check(expr.condition);
    this.#expect(condition, types.bool);
    const step = this.#check(expr.step);
    this.#expect(step, accumulated);
    this.#scope = around;
    const result = this.#check(expr.result);
    this.#scope = outer;
    return this.#typed({ ...expr, range, initial, condition, step, result }, substitute(this.#known, this.#type(result), 'keep'));
  }

  #expect(expr: Expr, type: Type): void {
    if (!this.#assign(type, this.#type(expr))) this.#mismatch(expr, type, this.#type(expr));
  }

  /** The types of the loop's variables. */
  #loopTypes(range: Expr, isDouble: boolean): readonly [Type, Type?] {
    const type = substitute(this.#known, this.#type(range), 'keep');
    switch (type.kind) {
      case 'list':
        return isDouble ? [types.int, type.params[0]!] : [type.params[0]!];
      case 'map':
        return [type.params[0]!, type.params[1]!];
      case 'dyn':
      case 'error':
      case 'typeParam':
        this.#assign(types.dyn, type);
        return [types.dyn, types.dyn];
      default:
        this.#report(range, `expression of type '${type.text}' cannot be range of a comprehension (must be list, map, or dynamic)`);
        return [types.error, types.error];
    }
  }
}

/** The names of `a.b.c`; undefined where it is more than names. */
function qualifiedName(expr: Expr): string[] | undefined {
  const parts: string[] = [];
  let at = expr;
  while (at.kind === 'select' && !at.isTest) {
    parts.unshift(at.field);
    at = at.operand;
  }
  return at.kind === 'ident' ? [at.name, ...parts] : undefined;
}
