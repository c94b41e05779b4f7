import { parseApiVersion } from '@apiserver-kit/machinery';
import { decodeBuiltin, typeOf } from '@apiserver-kit/builtin/kinds';
import { decodeProtobuf, encodeProtobufList, encodeProtobufMessage, protobufEnvelope } from '@apiserver-kit/builtin/protobuf';

const decoded = (object) => ({ ...decodeBuiltin(typeOf({ ...parseApiVersion(object.apiVersion), kind: object.kind }), object).object });

function encode({ apiVersion, kind, ...object }) {
  if (!kind.endsWith('List')) return encodeProtobufMessage(decoded({ apiVersion, kind, ...object }));
  const items = object.items.map((item) => encodeProtobufMessage(decoded({ ...item, apiVersion, kind: kind.slice(0, -4) })));
  return encodeProtobufList(object.metadata ?? {}, items);
}

export default ({ object }) => {
  const hex = protobufEnvelope(object.apiVersion, object.kind, encode(object)).toString('hex');
  const back = object.kind.endsWith('List') ? object : decoded(decodeProtobuf(Buffer.from(hex, 'hex')));
  return { hex, decoded: back };
};
