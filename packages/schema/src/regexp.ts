/**
 * Regular expressions that users supply: RE2, in linear time and with Go's syntax, never the JavaScript engine.
 *
 * re2js is loaded on first use: most schemas have no pattern, and it takes longer to load than the rest of this package together.
 */
import { createRequire } from 'node:module';
import type { RE2JS } from 're2js';

/** A compiled expression. */
export interface Regexp {
  /** Whether the expression matches anywhere in the text. */
  test(text: string): boolean;
}

const require = createRequire(import.meta.url);
let engine: typeof RE2JS | undefined;

/**
 * Compiles an expression.
 * @throws Error with Go's sentence (`error parsing regexp: …`) where it is not one.
 */
export function compileRegexp(pattern: string): Regexp {
  engine ??= (require('re2js') as typeof import('re2js')).RE2JS;
  return engine.compile(pattern);
}

/** What is wrong with the expression, in Go's words; undefined where nothing is. */
export function regexpError(pattern: string): string | undefined {
  try {
    compileRegexp(pattern);
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
