/** Regular expressions of users: RE2, never the engine of JavaScript. Compiled ones are kept: rules use the same few again and again. */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';
import { CelError } from './value.js';

const require = createRequire(import.meta.url);
let engine: typeof RE2JS | undefined;

export interface Regex {
  /** Whether it matches anywhere in the text. */
  test(text: string): boolean;
  /** The first match; empty where there is none. */
  find(text: string): string;
  /** All matches from left to right, or as many; a negative limit is none. */
  findAll(text: string, limit: number): string[];
}

const maxKept = 500;
const kept = new Map<string, Regex | CelError>();

/** The expression, or what Go says is wrong with it. */
export function compileRegex(pattern: string): Regex | CelError {
  const known = kept.get(pattern);
  if (known) return known;
  const made = compile(pattern);
  if (kept.size >= maxKept) kept.clear();
  kept.set(pattern, made);
  return made;
}

function compile(pattern: string): Regex | CelError {
  engine ??= (require('re2js') as typeof import('re2js')).RE2JS;
  try {
    return regexOf(engine.compile(pattern));
  } catch (error) {
    // The sentence is Go's.
    return new CelError((error as Error).message);
  }
}

const regexOf = (compiled: RE2JS): Regex => ({
  test: (text) => compiled.test(text),
  find(text) {
    const matcher = compiled.matcher(text);
    return matcher.find() ? (matcher.group() ?? '') : '';
  },
  findAll(text, limit) {
    const found: string[] = [];
    const matcher = compiled.matcher(text);
    let end = -1;
    for (let at = 0; at <= text.length && found.length !== limit && matcher.find(at); ) {
      const [start, stop] = [matcher.start(), matcher.end()];
      // An empty match right behind another one does not count.
      if (stop > start || start !== end) found.push(matcher.group() ?? '');
      end = stop;
      at = stop > start ? stop : stop + (text.codePointAt(stop)! > 0xffff ? 2 : 1);
    }
    return found;
  },
});
