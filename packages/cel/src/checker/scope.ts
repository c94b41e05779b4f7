/** What names mean while an expression is checked. */
import { type Type, typeOfType } from '../types/type.js';
import type { FunctionDeclaration } from '../library/declaration.js';
import type { TypeProvider } from './type-provider.js';

/** What an environment declares. */
export interface Declarations {
  readonly variables: ReadonlyMap<string, Type>;
  readonly functions: ReadonlyMap<string, FunctionDeclaration>;
  /** Types that expressions may name. */
  readonly types: ReadonlyMap<string, Type>;
  readonly provider: TypeProvider;
}

export interface ResolvedIdent {
  readonly name: string;
  readonly type: Type;
  /** A local variable has the same name: the global one is meant. */
  readonly isShadowed: boolean;
}

/** Variables that macros bring in, and behind them those of the environment. */
export class Scope {
  constructor(
    readonly declarations: Declarations,
    readonly outer?: Scope,
    readonly locals: ReadonlyMap<string, Type> = new Map(),
  ) {}

  with(...locals: (readonly [string, Type])[]): Scope {
    return new Scope(this.declarations, this, new Map(locals));
  }

  local(name: string): Type | undefined {
    for (let scope: Scope | undefined = this; scope; scope = scope.outer) {
      const found = scope.locals.get(name);
      if (found) return found;
    }
    return undefined;
  }

  #global(name: string): Type | undefined {
    const { variables, types, provider } = this.declarations;
    const variable = variables.get(name);
    if (variable) return variable;
    const named = types.get(name) ?? provider.findStruct(name);
    return named && typeOfType(named);
  }

  /** A leading dot means that no local variable is meant. */
  resolve(name: string): ResolvedIdent | undefined {
    const local = this.local(name);
    if (local) return { name, type: local, isShadowed: false };
    const bare = name.startsWith('.') ? name.slice(1) : name;
    const type = this.#global(bare);
    return type && { name: bare, type, isShadowed: bare !== name && this.local(bare) !== undefined };
  }

  /** `a.b.c` as one name. */
  resolveQualified(parts: readonly string[]): ResolvedIdent | undefined {
    if (parts.length === 1) return this.resolve(parts[0]!);
    if (this.local(parts[0]!)) return undefined;
    return this.resolve(parts.join('.'));
  }

  /** The type of that name, as a type that may be constructed. */
  resolveType(name: string): { name: string; type: Type } | undefined {
    const bare = name.startsWith('.') ? name.slice(1) : name;
    const { types, provider } = this.declarations;
    const type = types.get(bare) ?? provider.findStruct(bare);
    return type && { name: bare, type: typeOfType(type) };
  }

  function(name: string): FunctionDeclaration | undefined {
    return this.declarations.functions.get(name.startsWith('.') ? name.slice(1) : name);
  }
}
