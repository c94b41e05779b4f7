/** Claims and users as values of CEL (k8s.io/apiserver/plugin/pkg/authenticator/token/oidc). */
import { Double, ListValue, MapValue, unescapeName, type Value } from '@apiserver-kit/cel';

/** An object whose members may be named as identifiers: `a__dot__b` is `a.b`, at any depth. */
export const celObject = (members: Readonly<Record<string, unknown>>): MapValue => new NamedMembers(members);

class NamedMembers extends MapValue {
  constructor(private readonly members: Readonly<Record<string, unknown>>) {
    super();
  }

  override get size(): number {
    return Object.keys(this.members).length;
  }

  override find(key: Value): Value | undefined {
    if (typeof key !== 'string') return undefined;
    const name = unescapeName(key) ?? key;
    return Object.hasOwn(this.members, name) ? celValue(this.members[name]) : undefined;
  }

  override keys(): Iterable<Value> {
    return Object.keys(this.members);
  }
}

class Items extends ListValue {
  constructor(private readonly items: readonly unknown[]) {
    super();
  }

  override get size(): number {
    return this.items.length;
  }

  override at(index: number): Value {
    return celValue(this.items[index]);
  }
}

/** The numbers of claims are doubles, whole or not. */
function celValue(json: unknown): Value {
  if (json === null || json === undefined) return null;
  if (typeof json === 'string' || typeof json === 'boolean') return json;
  if (typeof json === 'number') return new Double(json);
  return Array.isArray(json) ? new Items(json) : celObject(json as Record<string, unknown>);
}
