/** A definition put to work: one store, and a resource for each version that is served. Loaded when the first request or the clean-up needs it. */
import { type ResourceDescription, ResourceStore, type StoredResource, type Subresource } from '@apiserver-kit/rest';
import type { Storage } from '@apiserver-kit/storage';
import type { CacherOptions } from '@apiserver-kit/watch-cache';
import type { CustomResourceDefinition, CustomResourceDefinitionVersion } from '../validation/custom-resource-definition.js';
import { type CodecOptions, customCodec, fromStored } from './codec.js';
import { converterOf } from './conversion.js';
import { deprecationWarning } from './deprecation.js';
import { describeVersion, isNamespaced, storageVersionOf, subresourceVerbs } from './describe.js';
import { type VersionFieldManagers, versionFieldManagers } from './field-management.js';
import type { MakeRules } from './rules.js';
import { scaleKind, scaleProjection } from './scale.js';
import { fieldLabels, fieldsOf } from './selectable-fields.js';
import { customStatusStrategy, customStrategy, type CustomStrategyOptions } from './strategy.js';
import { customTable } from './table.js';
import { versionSchemas } from './version-schemas.js';

export interface ServedDefinitionOptions {
  readonly storage: Storage;
  readonly etcdPrefix: string;
  readonly cacherOptions: Omit<CacherOptions, 'fieldsOf'>;
  /** Whether the definition is being deleted. Asked at each write. */
  readonly isTerminating: () => boolean;
  /** Needed where the definition has rules. */
  readonly makeRules?: MakeRules | undefined;
}

export interface ServedDefinition {
  readonly store: ResourceStore;
  /** The resource of a version. */
  resource(version: string): StoredResource;
}

/** Subresources of a version, as the definition asks for them. */
function subresourcesOf(options: CustomStrategyOptions, managers: VersionFieldManagers): Record<string, Subresource> {
  const { status, scale } = options.subresources ?? {};
  return {
    ...(status != null && { status: { verbs: subresourceVerbs, strategy: customStatusStrategy(options), fieldManager: managers.status } }),
    ...(scale != null && {
      scale: { verbs: subresourceVerbs, kind: scaleKind, strategy: customStrategy(options), projection: scaleProjection(scale), fieldManager: managers.scale },
    }),
  };
}

/** @throws Error where a schema cannot be used, which validation rules out. */
export function serveDefinition(crd: CustomResourceDefinition, options: ServedDefinitionOptions): ServedDefinition {
  const { storage, etcdPrefix, cacherOptions, isTerminating, makeRules } = options;
  const { spec, metadata } = crd;
  const { group } = spec;
  const schemas = versionSchemas(spec, makeRules);
  const storageVersion = storageVersionOf(spec);
  const description = describeVersion(crd, spec.versions[0]!);
  const { resource: plural, kind } = description;
  const codecOptions: CodecOptions = {
    group,
    kind,
    schemas,
    storageVersion,
    convert: converterOf(spec),
    id: `${metadata.uid}/${metadata.generation}`,
  };
  const managersOf = versionFieldManagers(codecOptions);
  const store = new ResourceStore(storage, {
    ...cacherOptions,
    resource: { group, resource: plural },
    namespaced: isNamespaced(spec),
    prefix: `${etcdPrefix}/${group}/${plural}`,
    fieldsOf: fieldsOf(spec, fromStored(codecOptions, storageVersion)),
  });
  const serve = (version: CustomResourceDefinitionVersion): StoredResource => {
    const described: ResourceDescription = describeVersion(crd, version);
    const strategyOptions: CustomStrategyOptions = {
      resource: { group, resource: plural },
      namespaced: described.namespaced,
      schema: schemas.get(version.name)!,
      subresources: version.subresources,
      isTerminating,
    };
    const managers = managersOf(version.name, version.subresources);
    return {
      ...described,
      store,
      codec: customCodec(codecOptions, version.name),
      strategy: customStrategy(strategyOptions),
      subresources: subresourcesOf(strategyOptions, managers),
      fieldManager: managers.resource,
      table: customTable(version.additionalPrinterColumns),
      fieldLabel: fieldLabels(version.selectableFields),
      deprecationWarning: deprecationWarning(version, spec),
    };
  };
  const resources = new Map<string, StoredResource>();
  return {
    store,
    resource(name) {
      let resource = resources.get(name);
      if (!resource) {
        const version = spec.versions.find((one) => one.name === name);
        if (!version) throw new Error(`${metadata.name} has no version ${name}`);
        resource = serve(version);
        resources.set(name, resource);
      }
      return resource;
    },
  };
}
