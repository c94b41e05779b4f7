/** The Go structs of APIServices, as data (kube-aggregator/pkg/apis/apiregistration/v1). */
import {
  type FieldType,
  objectMetaStructs,
  optionalFields as optional,
  pointerFields as pointers,
  structDecoder,
  structField as field,
  type StructField,
  structPatchMeta,
} from '@apiserver-kit/machinery/structs';

const ref = (name: string): FieldType => ({ ref: `apiregistration.v1.${name}` });

const structs: Readonly<Record<string, readonly StructField[]>> = {
  ...objectMetaStructs,
  'apiregistration.v1.APIService': [
    ...optional('string', 'kind', 'apiVersion'),
    field('metadata', { ref: 'meta.v1.ObjectMeta' }, { optional: true }),
    field('spec', ref('APIServiceSpec'), { optional: true }),
    field('status', ref('APIServiceStatus'), { optional: true }),
  ],
  'apiregistration.v1.APIServiceSpec': [
    ...pointers(ref('ServiceReference'), 'service'),
    ...optional('string', 'group', 'version'),
    ...optional('boolean', 'insecureSkipTLSVerify'),
    field('caBundle', 'bytes', { optional: true, listType: 'atomic' }),
    field('groupPriorityMinimum', 'int32'),
    field('versionPriority', 'int32'),
  ],
  'apiregistration.v1.ServiceReference': [...optional('string', 'namespace', 'name'), ...pointers('int32', 'port')],
  'apiregistration.v1.APIServiceStatus': [
    field(
      'conditions',
      { list: ref('APIServiceCondition') },
      {
        optional: true,
        patchStrategy: 'merge',
        patchMergeKey: 'type',
        listType: 'map',
        listMapKeys: ['type'],
      },
    ),
  ],
  'apiregistration.v1.APIServiceCondition': [
    field('type', 'string', { go: 'v1.APIServiceConditionType' }),
    field('status', 'string', { go: 'v1.ConditionStatus' }),
    ...optional('time', 'lastTransitionTime'),
    ...optional('string', 'reason', 'message'),
  ],
};

const types = {
  fields(typeName: string): readonly StructField[] {
    const fields = structs[typeName];
    if (!fields) throw new Error(`no struct ${typeName}`);
    return fields;
  },
};

export const apiServiceTypeName = 'apiregistration.v1.APIService';

/** The fields of the structs of this file. @throws Error when there is no such struct. */
export const apiServiceRows = types.fields;

/** Reads the structs of this file. */
export const decodeStruct = structDecoder(types);

/** How strategic merge patches change an APIService. */
export const apiServicePatchMeta = structPatchMeta(types)(apiServiceTypeName);
