/** Who owns which field of a custom resource (apiextensions-apiserver/pkg/registry/customresource/strategy.go). */
import {
  excluding,
  type FieldManager,
  fieldManager,
  type FieldManagerOptions,
  FieldSet,
  including,
  memberElement,
  type MergeType,
  schemaType,
} from '@apiserver-kit/apply';
import { apiVersionOf, cloneJson, parseApiVersion, unknownError } from '@apiserver-kit/machinery';
import { applyDefaults } from '@apiserver-kit/schema';
import type { CustomResourceSubresources } from '../validation/custom-resource-definition.js';
import type { CodecOptions } from './codec.js';

/** The field managers of one version: of the resource, and of its subresources. */
export interface VersionFieldManagers {
  readonly resource: FieldManager;
  readonly status: FieldManager;
  readonly scale: FieldManager;
}

/** Gives the merge type of each version; made when a write first needs it. */
function mergeTypes({ group, schemas }: CodecOptions): FieldManagerOptions['type'] {
  const known = new Map<string, MergeType>();
  return (apiVersion) => {
    const from = parseApiVersion(apiVersion);
    const schema = from?.group === group ? schemas.get(from.version) : undefined;
    if (!schema) throw unknownError(`request to convert CR to an invalid group/version: ${apiVersion}`);
    const type = known.get(apiVersion) ?? schemaType(schema.schema, { preserveUnknownFields: !schema.prunes });
    known.set(apiVersion, type);
    return type;
  };
}

/** Makes the field managers of the versions of a definition. */
export function versionFieldManagers(
  options: CodecOptions,
): (version: string, subresources: CustomResourceSubresources | null | undefined) => VersionFieldManagers {
  const { group, kind, schemas, convert } = options;
  const type = mergeTypes(options);
  return (version, subresources) => {
    const apiVersion = apiVersionOf({ group, version });
    const { schema } = schemas.get(version)!;
    const common: FieldManagerOptions = {
      kind: { group, version, kind },
      type,
      convert: (object, to) => convert(cloneJson(object), to),
      complete(merged) {
        const object = cloneJson(merged);
        if (schema) applyDefaults(object, schema);
        return object;
      },
    };
    const { status, scale } = subresources ?? {};
    const replicas = scale ? [scale.specReplicasPath.replace(/^\./, '').split('.').map(memberElement)] : [];
    return {
      resource: fieldManager(status == null ? common : { ...common, resetFields: { [apiVersion]: excluding(FieldSet.of(['status'])) } }),
      status: fieldManager({ ...common, subresource: 'status', resetFields: { [apiVersion]: excluding(FieldSet.of(['metadata'], ['spec'])) } }),
      scale: fieldManager({ ...common, subresource: 'scale', resetFields: { [apiVersion]: including(...replicas) } }),
    };
  };
}
