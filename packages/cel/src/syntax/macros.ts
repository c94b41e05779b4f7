/** Macros: calls that are rewritten before they are checked. */
import { type Expr, accumulatorName, oldAccumulatorName } from './ast.js';
import { type MacroBuilder, MacroError } from './ast-builder.js';

/**
 * Rewrites a call; undefined leaves it as it is.
 * @throws MacroError
 */
export type Macro = (make: MacroBuilder, target: Expr, args: readonly Expr[]) => Expr | undefined;

/** By `name:arguments:isMember`. */
export type Macros = ReadonlyMap<string, Macro>;

export const macroKey = (name: string, args: number, isMember: boolean): string => `${name}:${args}:${isMember}`;

const member = (name: string, args: number, macro: Macro): [string, Macro] => [macroKey(name, args, true), macro];

/** The name of a variable that a macro brings in. */
function variableName(expr: Expr, complaint: string): string {
  if (expr.kind !== 'ident') throw new MacroError(complaint, expr);
  return expr.name;
}

function loopVariable(expr: Expr, complaint: string): string {
  const name = variableName(expr, complaint);
  if (name === accumulatorName || name === oldAccumulatorName) throw new MacroError('iteration variable overwrites accumulator variable', expr);
  return name;
}

function oneVariable(args: readonly Expr[]): readonly [string] {
  return [loopVariable(args[0]!, 'argument must be a simple name')];
}

function twoVariables([first, second]: readonly Expr[]): readonly [string, string] {
  const names = [variableName(first!, 'argument must be a simple name'), variableName(second!, 'argument must be a simple name')] as const;
  if (names[0] === names[1]) throw new MacroError(`duplicate variable name: ${names[0]}`, second!);
  loopVariable(first!, '');
  loopVariable(second!, '');
  return names;
}

type Variables = readonly [string, string?];
type VariablesOf = (args: readonly Expr[]) => Variables;

const all =
  (variables: VariablesOf): Macro =>
  (make, target, args) =>
    make.fold(target, variables(args), {
      initial: make.literal(true),
      condition: make.call('@not_strictly_false', make.accumulator()),
      step: make.call('_&&_', make.accumulator(), args.at(-1)!),
      result: make.accumulator(),
    });

const exists =
  (variables: VariablesOf): Macro =>
  (make, target, args) =>
    make.fold(target, variables(args), {
      initial: make.literal(false),
      condition: make.call('@not_strictly_false', make.call('!_', make.accumulator())),
      step: make.call('_||_', make.accumulator(), args.at(-1)!),
      result: make.accumulator(),
    });

const existsOne =
  (variables: VariablesOf): Macro =>
  (make, target, args) =>
    make.fold(target, variables(args), {
      initial: make.literal(0),
      condition: make.literal(true),
      step: make.call('_?_:_', args.at(-1)!, make.call('_+_', make.accumulator(), make.literal(1)), make.accumulator()),
      result: make.call('_==_', make.accumulator(), make.literal(1)),
    });

/** Collects into a list or map; with a filter only what passes it. */
function collect(make: MacroBuilder, target: Expr, variables: Variables, initial: Expr, added: Expr, filter: Expr | undefined): Expr {
  const step = filter ? make.call('_?_:_', filter, added, make.accumulator()) : added;
  return make.fold(target, variables, { initial, condition: make.literal(true), step, result: make.accumulator() });
}

/** `list.map(x, …)`, also with a filter between the two. */
export const mapMacro: Macro = (make, target, args) => {
  const variable = loopVariable(args[0]!, 'argument is not an identifier');
  const initial = make.list();
  const added = make.call('_+_', make.accumulator(), make.list(args.at(-1)!));
  return collect(make, target, [variable], initial, added, args.length === 3 ? args[1] : undefined);
};

const filter: Macro = (make, target, args) => {
  const variable = loopVariable(args[0]!, 'argument is not an identifier');
  const initial = make.list();
  return collect(make, target, [variable], initial, make.call('_+_', make.accumulator(), make.list(args[0]!)), args[1]);
};

const has: Macro = (make, _target, [arg]) => {
  if (arg!.kind !== 'select') throw new MacroError('invalid argument to has() macro', arg!);
  return make.presenceTest(arg!.operand, arg!.field);
};

export const standardMacros: Macros = new Map([
  [macroKey('has', 1, false), has],
  member('all', 2, all(oneVariable)),
  member('exists', 2, exists(oneVariable)),
  member('exists_one', 2, existsOne(oneVariable)),
  member('existsOne', 2, existsOne(oneVariable)),
  member('map', 2, mapMacro),
  member('map', 3, mapMacro),
  member('filter', 2, filter),
]);

const transformList: Macro = (make, target, args) => {
  const variables = twoVariables(args);
  const added = make.call('_+_', make.accumulator(), make.list(args.at(-1)!));
  return collect(make, target, variables, make.list(), added, args.length === 4 ? args[2] : undefined);
};

const transformMap: Macro = (make, target, args) => {
  const variables = twoVariables(args);
  const added = make.call('cel.@mapInsert', make.accumulator(), make.ident(variables[0]), args.at(-1)!);
  return collect(make, target, variables, make.map(), added, args.length === 4 ? args[2] : undefined);
};

const transformMapEntry: Macro = (make, target, args) => {
  const variables = twoVariables(args);
  const added = make.call('cel.@mapInsert', make.accumulator(), args.at(-1)!);
  return collect(make, target, variables, make.map(), added, args.length === 4 ? args[2] : undefined);
};

/** Comprehensions over keys and values, or indexes and elements. */
export const twoVariableMacros: Macros = new Map([
  member('all', 3, all(twoVariables)),
  member('exists', 3, exists(twoVariables)),
  member('exists_one', 3, existsOne(twoVariables)),
  member('existsOne', 3, existsOne(twoVariables)),
  member('transformList', 3, transformList),
  member('transformList', 4, transformList),
  member('transformMap', 3, transformMap),
  member('transformMap', 4, transformMap),
  member('transformMapEntry', 3, transformMapEntry),
  member('transformMapEntry', 4, transformMapEntry),
]);

const optMap =
  (name: string, wrap: (make: MacroBuilder, mapped: Expr) => Expr): Macro =>
  (make, target, [variable, mapped]) => {
    const bound = variableName(variable!, `${name}() variable name must be a simple identifier`);
    return make.call(
      '_?_:_',
      make.memberCall('hasValue', target),
      wrap(make, make.bind(bound, make.memberCall('value', make.copy(target)), mapped!)),
      make.call('optional.none'),
    );
  };

export const optionalMacros: Macros = new Map([
  member(
    'optMap',
    2,
    optMap('optMap', (make, mapped) => make.call('optional.of', mapped)),
  ),
  member(
    'optFlatMap',
    2,
    optMap('optFlatMap', (_make, mapped) => mapped),
  ),
]);

const sortable: ReadonlySet<Expr['kind']> = new Set(['list', 'select', 'ident', 'comprehension', 'call']);

const sortBy: Macro = (make, target, args) => {
  const input = '@__sortBy_input__';
  if (!sortable.has(target.kind)) throw new MacroError('sortBy can only be applied to a list, identifier, comprehension, call or select expression', target);
  const keys = mapMacro(make, make.ident(input), args)!;
  return make.bind(input, target, make.memberCall('@sortByAssociatedKeys', make.ident(input), keys));
};

export const listMacros: Macros = new Map([member('sortBy', 2, sortBy)]);
