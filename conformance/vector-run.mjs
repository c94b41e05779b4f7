/**
 * Runs the recorded inputs of the reference's libraries through our packages (built) and compares what comes out.
 * How a family's input maps to a package's functions is families/FAMILY.mjs; a family without that file fails as a whole.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isSame, parse, show } from './compare.mjs';

const adapters = fileURLToPath(new URL('families/', import.meta.url));

async function adapterOf(family) {
  const file = join(adapters, `${family}.mjs`);
  if (!existsSync(file)) return { missing: 'not implemented yet' };
  try {
    return { run: (await import(file)).default };
  } catch (error) {
    return { missing: `not implemented yet: ${error.message}` };
  }
}

async function check(run, vector, context) {
  let output;
  try {
    output = await run(vector.input, context);
  } catch (error) {
    if (vector.error === undefined) return `expected ${show(vector.output)}, got the error ${show(String(error?.message ?? error))}`;
    return error?.message === vector.error ? undefined : `expected the error ${show(vector.error)}, got ${show(String(error?.message ?? error))}`;
  }
  if (vector.error !== undefined) return `expected the error ${show(vector.error)}, got ${show(output)}`;
  return isSame(vector.output, output) ? undefined : `expected ${show(vector.output)}, got ${show(output)}`;
}

/** The families of a directory, each with its counts and failures. */
export async function runVectors(directory, { only = '' } = {}) {
  const variablesFile = join(directory, 'cel-variables.json');
  const context = { variables: existsSync(variablesFile) ? parse(readFileSync(variablesFile, 'utf8')) : {} };
  const results = [];
  for (const file of readdirSync(directory).sort()) {
    if (!file.endsWith('.jsonl')) continue;
    const family = file.slice(0, -'.jsonl'.length);
    const lines = readFileSync(join(directory, file), 'utf8').split('\n').filter(Boolean);
    const { run, missing } = await adapterOf(family);
    const result = { name: family, passed: 0, total: 0, missing, failures: [] };
    for (const line of lines) {
      const vector = parse(line);
      if (!`${family}/${vector.name}`.includes(only)) continue;
      result.total++;
      const failure = missing ?? (await check(run, vector, { ...context, name: vector.name }));
      if (failure === undefined) result.passed++;
      else if (missing === undefined) result.failures.push(`${family}/${vector.name}: ${failure}`);
    }
    if (missing !== undefined && result.total > 0) result.failures.push(`${family}: ${missing}`);
    if (result.total > 0) results.push(result);
  }
  return results;
}
