import {
  ListValue,
  MapValue,
  NoJsonError,
  ObjectValue,
  Optional,
  ProgramError,
  Type,
  celEnvironment,
  celTypes,
  printValue,
  toJson,
  typeOf,
} from '@apiserver-kit/cel';

const types = {
  int: celTypes.int,
  string: celTypes.string,
  dyn: celTypes.dyn,
  'list(int)': celTypes.listOf(celTypes.int),
  'map(string, string)': celTypes.mapOf(celTypes.string, celTypes.string),
};

let environment;
const environmentOf = ({ types: declared }) => {
  environment ??= celEnvironment({ variables: Object.fromEntries(Object.entries(declared).map(([name, type]) => [name, types[type]])) });
  return environment;
};

// As Go prints what has no JSON.
const asText = (value) => {
  if (value instanceof ListValue) return `[${Array.from({ length: value.size }, (_, i) => printValue(value.at(i))).join(' ')}]`;
  if (value instanceof MapValue)
    return `map[${[...value.keys()]
      .map((key) => `${printValue(key)}:${printValue(value.find(key))}`)
      .sort()
      .join(' ')}]`;
  if (value instanceof Optional && value.content === undefined) return '<nil>';
  if (value instanceof Type) return value.name;
  if (value instanceof Optional) return asText(value.content);
  return value instanceof ObjectValue ? value.toString() : printValue(value);
};

const shown = (value) => {
  try {
    return { json: toJson(value) };
  } catch (error) {
    if (error instanceof NoJsonError) return { text: asText(value) };
    throw error;
  }
};

const programOf = (compiled) => {
  try {
    return compiled.program();
  } catch (error) {
    if (error instanceof ProgramError) throw new Error(`program: ${error.message}`);
    throw error;
  }
};

export default ({ expression }, { variables }) => {
  const compiled = environmentOf(variables).compile(expression);
  if (compiled.issues.length > 0) throw new Error(`compile: ${compiled.errorText}`);
  const { value, error, cost } = programOf(compiled).evaluate(variables.variables);
  if (error !== undefined) throw new Error(`eval: ${error}`);
  return { type: typeOf(value).name, ...shown(value), checkedType: String(compiled.type), cost };
};
