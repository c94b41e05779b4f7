/** Filling in the defaults of a schema (apiextensions-apiserver/pkg/apiserver/schema/defaulting). */
import { cloneJson, setMember } from '@apiserver-kit/machinery';
import { type StructuralSchema, valueSchema } from '../structural/structural-schema.js';

/** What a node and those below it default. Made once per schema; nodes below which nothing has a default have none, so that they are not walked. */
interface Plan {
  /** Own properties that have a default. */
  readonly defaults: readonly (readonly [name: string, schema: StructuralSchema])[];
  readonly properties: ReadonlyMap<string, Plan>;
  /** What every specified property is called: the rest is `values`. */
  readonly specified: { has(name: string): boolean };
  readonly values: Child | undefined;
  readonly items: Child | undefined;
}
interface Child {
  readonly schema: StructuralSchema;
  readonly plan: Plan | undefined;
}

const nothing: ReadonlySet<string> = new Set();
const plans = new WeakMap<StructuralSchema, Plan | null>();

/** Whether a null is to be replaced by the default of its place. */
const hasReplacement = ({ nullable, default: value }: StructuralSchema): boolean => !nullable && value !== undefined;

function planOf(schema: StructuralSchema): Plan | undefined {
  let plan = plans.get(schema);
  if (plan === undefined) {
    plan = makePlan(schema) ?? null;
    plans.set(schema, plan);
  }
  return plan ?? undefined;
}

function makePlan(schema: StructuralSchema): Plan | undefined {
  const childOf = (child: StructuralSchema | undefined): Child | undefined => {
    const plan = child && planOf(child);
    return child && (plan || hasReplacement(child)) ? { schema: child, plan } : undefined;
  };
  const defaults: (readonly [string, StructuralSchema])[] = [];
  const properties = new Map<string, Plan>();
  for (const [name, property] of schema.properties ?? []) {
    if (property.default !== undefined) defaults.push([name, property]);
    const plan = planOf(property);
    if (plan) properties.set(name, plan);
  }
  const values = childOf(valueSchema(schema));
  const items = childOf(schema.items);
  if (defaults.length === 0 && properties.size === 0 && !values && !items) return undefined;
  return { defaults, properties, specified: schema.properties ?? nothing, values, items };
}

/**
 * Sets, in place, what the schema has a default for and the object does not have; a null that may not be null counts as not there.
 * The defaults are copied. What has no default below it is not walked.
 */
export function applyDefaults(object: unknown, schema: StructuralSchema): void {
  const plan = planOf(schema);
  if (plan) apply(object, plan);
}

function apply(value: unknown, plan: Plan): void {
  if (typeof value !== 'object' || value === null) return;
  if (Array.isArray(value)) {
    if (plan.items) for (let i = 0; i < value.length; i++) applyChild(value as unknown as Record<string, unknown>, String(i), plan.items);
    return;
  }
  const object = value as Record<string, unknown>;
  for (const [name, property] of plan.defaults)
    if (!Object.hasOwn(object, name) || (object[name] === null && !property.nullable)) setMember(object, name, cloneJson(property.default));
  if (plan.properties.size === 0 && !plan.values) return;
  for (const name in object) {
    const property = plan.properties.get(name);
    if (property) apply(object[name], property);
    else if (plan.values && !plan.specified.has(name)) applyChild(object, name, plan.values);
  }
}

function applyChild(holder: Record<string, unknown>, name: string, { schema, plan }: Child): void {
  if (holder[name] === null && hasReplacement(schema)) holder[name] = cloneJson(schema.default);
  if (plan) apply(holder[name], plan);
}

/**
 * Removes, in place, the nulls that may not be null and that no default replaces: clients send them for what they do not set.
 * To be called before {@link applyDefaults}.
 */
export function pruneNulls(object: unknown, schema: StructuralSchema | undefined): void {
  if (schema === undefined || typeof object !== 'object' || object === null) return;
  if (Array.isArray(object)) {
    if (schema.items) for (const item of object) pruneNulls(item, schema.items);
    return;
  }
  const members = object as Record<string, unknown>;
  for (const name in members) {
    const property = schema.properties?.get(name) ?? valueSchema(schema);
    if (property === undefined) continue;
    if (members[name] !== null) pruneNulls(members[name], property);
    else if (!property.nullable && property.default === undefined) delete members[name];
  }
}
