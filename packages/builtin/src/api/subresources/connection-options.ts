/** The options of a connection, which stand in the query: `stdin=true&command=ls`. */
import { badRequest, type KubeObject } from '@apiserver-kit/machinery';
import { type FieldType, typeFields } from '../../types/type-data.js';

const truths: Readonly<Record<string, boolean>> = { '': true, '1': true, true: true, '0': false, false: false };

/** As the reference reads parameters: a flag is set by its name alone; what is no number is refused. */
function parameterValue(type: FieldType, texts: readonly string[]): unknown {
  const [text = ''] = texts;
  if (type === 'boolean') return truths[text.toLowerCase()] ?? true;
  if (type === 'int32' || type === 'int64') {
    if (!/^[+-]?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
    return Number(text);
  }
  if (typeof type === 'object' && 'list' in type) return texts.map((one) => parameterValue(type.list, [one]));
  return text;
}

/** Reads the options of a kind of the core group from a query. Other parameters are not its own. */
export function connectionOptions(kind: string): (query: URLSearchParams) => KubeObject {
  return (query) => {
    const options: Record<string, unknown> = { apiVersion: 'v1', kind };
    for (const { name, type } of typeFields(`core.v1.${kind}`)) {
      if (query.has(name) && name !== 'kind' && name !== 'apiVersion') options[name] = parameterValue(type, query.getAll(name));
    }
    return options as unknown as KubeObject;
  };
}
