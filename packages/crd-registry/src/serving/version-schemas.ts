/** What the versions of a definition say of their objects. */
import type { SchemaRules } from '@apiserver-kit/cel';
import { compileValidator, type SchemaValidator, type StructuralSchema, structuralSchema, withPrunedDefaults } from '@apiserver-kit/schema';
import type { CustomResourceDefinitionSpec, CustomResourceDefinitionVersion } from '../validation/custom-resource-definition.js';
import type { MakeRules } from './rules.js';

/** The schema of one version, ready for use. */
export interface VersionSchema {
  readonly name: string;
  /** Undefined: there is none, and nothing but metadata is known. */
  readonly schema: StructuralSchema | undefined;
  /** False where definitions of old keep whatever they are given. */
  readonly prunes: boolean;
  readonly validator: SchemaValidator | undefined;
  /** For writes of the status alone. */
  readonly statusValidator: SchemaValidator | undefined;
  /** Undefined: there are none. */
  readonly rules: SchemaRules | undefined;
}

const read = (name: string, { schema: validation }: CustomResourceDefinitionVersion, prunes: boolean, makeRules: MakeRules | undefined): VersionSchema => {
  const props = validation?.openAPIV3Schema;
  if (props == null) return { name, schema: undefined, prunes, validator: undefined, statusValidator: undefined, rules: undefined };
  const { schema: given, unsupported } = structuralSchema(props);
  if (prunes && unsupported !== undefined) throw new Error(`the schema of version ${name} is not structural: ${unsupported}`);
  const status = given.properties?.get('status');
  return {
    name,
    // What was stored before defaults had to be pruned may have others.
    schema: prunes ? withPrunedDefaults(given) : given,
    prunes,
    validator: compileValidator(given),
    statusValidator: status && compileValidator(status),
    rules: makeRules?.(given, { isResourceRoot: true }),
  };
};

/**
 * The schemas of all versions, by name.
 * @throws Error where one cannot be used, which validation of the definition rules out.
 */
export const versionSchemas = ({ versions, preserveUnknownFields }: CustomResourceDefinitionSpec, makeRules?: MakeRules): ReadonlyMap<string, VersionSchema> =>
  new Map(versions.map((version) => [version.name, read(version.name, version, !preserveUnknownFields, makeRules)]));
