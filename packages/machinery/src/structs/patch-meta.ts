/** How types are patched by strategic merge patches: the merge keys of their fields (struct tags `patchStrategy` and `patchMergeKey`). */
import { goQuote } from '../go-text.js';
import { PatchError } from '../patch-error.js';
import type { FieldPatchMeta, PatchMeta } from '../strategic-merge-patch.js';
import { type FieldType, goNameOf, type StructField, type StructTypes } from './struct-types.js';

/** The patch metadata of a struct. */
export type StructPatchMeta = (typeName: string) => PatchMeta;

/** Scalars that are structs in Go. None of their members can be patched by name. */
const structScalars: Partial<Record<FieldType & string, string>> = {
  time: 'Time',
  microTime: 'MicroTime',
  duration: 'Duration',
  quantity: 'Quantity',
  intOrString: 'IntOrString',
  any: 'RawExtension',
};

const goKinds: Partial<Record<FieldType & string, string>> = { boolean: 'bool', double: 'float64', bytes: 'slice' };

/** A type that has no fields of its own. */
function plainMeta(kind: string): PatchMeta {
  const refuse = (): never => {
    throw new PatchError(`merging an object in json but data type is not struct, instead is: ${kind}`);
  };
  return { kind, object: refuse, list: refuse };
}

/** Makes the patch metadata of structs. Each is made once, when a patch first goes down into it. */
export function structPatchMeta(types: StructTypes): StructPatchMeta {
  const structs = new Map<string, PatchMeta>();

  function structMeta(typeName: string): PatchMeta {
    let meta = structs.get(typeName);
    if (!meta) {
      meta = { kind: 'struct', ...lookups(goNameOf(typeName), types.fields(typeName)) };
      structs.set(typeName, meta);
    }
    return meta;
  }

  function metaOf(type: FieldType, go?: string): PatchMeta {
    if (typeof type === 'string') {
      const struct = structScalars[type];
      return struct === undefined ? plainMeta(goKinds[type] ?? type) : { kind: 'struct', ...lookups(go === undefined ? struct : goNameOf(go), []) };
    }
    if ('ref' in type) return structMeta(type.ref);
    if ('custom' in type) return { kind: 'struct', ...lookups(goNameOf(types.custom?.[type.custom]?.go ?? type.custom), []) };
    return plainMeta('list' in type ? 'slice' : 'map');
  }

  function lookups(struct: string, fields: readonly StructField[]): Pick<PatchMeta, 'object' | 'list'> {
    const find = (name: string): StructField => {
      const folded = name.toLowerCase();
      const field = fields.find((candidate) => candidate.name === name) ?? fields.find((candidate) => candidate.name.toLowerCase() === folded);
      if (field) return field;
      throw new PatchError(`unable to find api field in struct ${struct} for the json field ${goQuote(name)}`);
    };
    return {
      object(name) {
        const field = find(name);
        return fieldMeta(field, metaOf(field.type, field.go));
      },
      list(name) {
        const field = find(name);
        if (field.type === 'bytes') return fieldMeta(field, plainMeta('uint8'));
        if (typeof field.type === 'string' || !('list' in field.type)) throw new PatchError('expected slice or array type, but got: struct');
        return fieldMeta(field, metaOf(field.type.list));
      },
    };
  }

  return structMeta;
}

function fieldMeta({ patchStrategy, patchMergeKey }: StructField, type: PatchMeta): FieldPatchMeta {
  // `retainKeys` is for those who make patches: a patch says itself which members are retained.
  const strategy = patchStrategy?.split(',').find((one) => one === 'merge' || one === 'replace') as FieldPatchMeta['strategy'];
  return { strategy, mergeKey: patchMergeKey, type };
}
