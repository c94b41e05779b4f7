/** The recorded answers of the reference's libraries: conformance/vectors/FAMILY.jsonl. */
import { readFileSync } from 'node:fs';

/** One recorded answer: `output`, or `error` with its exact text. */
export interface Vector<Input = unknown, Output = unknown> {
  readonly name: string;
  readonly input: Input;
  readonly output?: Output;
  readonly error?: string;
}

/** All vectors of a family, in the order of the file. */
export function vectors<Input = unknown, Output = unknown>(family: string): Vector<Input, Output>[] {
  const text = readFileSync(new URL(`vectors/${family}.jsonl`, import.meta.url), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Vector<Input, Output>);
}
