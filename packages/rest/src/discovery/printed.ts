/** Documents as bytes, made when they are first asked for and kept. */
import { parseJson, stringifyJson } from '@apiserver-kit/machinery';
import type { MaybePromise } from '@apiserver-kit/storage';
import { prettyJson } from '../respond/pretty.js';

/** Calls `make` at the first call and gives what it made from then on. A failure is not kept: the next call tries again. */
export function once<T>(make: () => MaybePromise<T>): () => MaybePromise<T> {
  let made: { readonly value: MaybePromise<T> } | undefined;
  return () => {
    if (made) return made.value;
    const value = make();
    made = { value };
    if (value instanceof Promise) {
      value.then(
        (settled) => {
          made = { value: settled };
        },
        () => {
          made = undefined;
        },
      );
    }
    return value;
  };
}

export interface PrintedForm {
  readonly format: 'json' | 'yaml';
  readonly pretty: boolean;
}

/** A document in the forms in which clients have asked for it. */
export class PrintedDocument {
  readonly #json: () => Buffer;
  readonly #plain: () => Buffer;
  readonly #pretty: () => Buffer;
  readonly #yaml: () => MaybePromise<string>;

  constructor(make: () => unknown) {
    this.#json = onceNow(() => Buffer.from(stringifyJson(make())));
    this.#plain = onceNow(() => Buffer.concat([this.#json(), Buffer.from('\n')]));
    this.#pretty = onceNow(() => Buffer.from(prettyJson(this.#json().toString())));
    this.#yaml = once(async () => {
      const { stringifyYaml } = await import('@apiserver-kit/machinery/yaml');
      return stringifyYaml(parseJson(this.#json().toString()));
    });
  }

  /** JSON without a line end: what hashes are made of. */
  get json(): Buffer {
    return this.#json();
  }

  print({ format, pretty }: PrintedForm): MaybePromise<Buffer | string> {
    if (format === 'yaml') return this.#yaml();
    return pretty ? this.#pretty() : this.#plain();
  }
}

function onceNow<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
