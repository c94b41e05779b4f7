import { decodeBuiltin, typeFields, typeOf } from '@apiserver-kit/builtin/kinds';
import { encodeCbor } from '@apiserver-kit/machinery/cbor';
import { structBinaryFields } from '@apiserver-kit/machinery/structs';

const withBytes = structBinaryFields({ fields: typeFields });

const typed = (object, kind) => {
  const [version, group = ''] = object.apiVersion.split('/').reverse();
  const type = typeOf({ group, version, kind });
  return (value) => withBytes(type, decodeBuiltin(type, value).object);
};

export default ({ object }) => {
  const value =
    object.items === undefined
      ? typed(object, object.kind)(object)
      : { ...object, items: object.items.map(typed(object, object.kind.slice(0, -'List'.length))) };
  return { hex: encodeCbor(value).toString('hex') };
};
