/** What expressions see of the objects that schemas are for: their type, and of the metadata the names. */
import { type StructuralSchema, structuralSchema } from '@apiserver-kit/schema';

const maxNameLength = 253;
const done = new WeakMap<StructuralSchema, StructuralSchema>();
const { schema: empty } = structuralSchema({});
const text: StructuralSchema = { ...empty, type: 'string' };

/** The schema with `apiVersion`, `kind`, and of `metadata` the `name` and `generateName`. */
export function withObjectMeta(schema: StructuralSchema): StructuralSchema {
  let made = done.get(schema);
  if (!made) {
    made = hasObjectMeta(schema) ? schema : addObjectMeta(schema);
    done.set(schema, made);
  }
  return made;
}

function hasObjectMeta({ properties }: StructuralSchema): boolean {
  const typeOf = (name: string): string | undefined => properties?.get(name)?.type;
  const metadata = properties?.get('metadata');
  const typeIn = (name: string): string | undefined => metadata?.properties?.get(name)?.type;
  return (
    typeOf('kind') === 'string' &&
    typeOf('apiVersion') === 'string' &&
    metadata?.type === 'object' &&
    typeIn('name') === 'string' &&
    typeIn('generateName') === 'string'
  );
}

function addObjectMeta(schema: StructuralSchema): StructuralSchema {
  const named = schema.properties?.get('metadata')?.properties;
  const capped = (name: string, max: number): StructuralSchema => ({ ...text, maxLength: Math.min(named?.get(name)?.maxLength ?? max, max) });
  const metadata: StructuralSchema = {
    ...empty,
    type: 'object',
    properties: new Map([
      ['name', capped('name', maxNameLength)],
      // At least one character is added.
      ['generateName', capped('generateName', maxNameLength - 1)],
    ]),
  };
  const properties = new Map(schema.properties).set('kind', text).set('apiVersion', text).set('metadata', metadata);
  return { ...schema, items: undefined, properties };
}
