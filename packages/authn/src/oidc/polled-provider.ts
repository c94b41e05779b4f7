/** A provider that need not be there yet: it is looked for until it is found. */
import { discoverProvider, type IdTokenVerifier, type ProviderOptions } from './provider.js';

const retryMs = 10_000;

export interface PolledProviderOptions extends ProviderOptions {
  /** Told of each attempt that failed. */
  readonly log?: (message: string, error: unknown) => void;
}

/** Finds a provider, sooner or later: it may run on the very cluster that this server serves. */
export class PolledProvider {
  /** Resolves when it was found, or will not be looked for any more. */
  readonly settled: Promise<void>;
  #verifier: IdTokenVerifier | undefined;
  #failure: Error;
  #isClosed = false;
  #cancel: () => void = () => {};
  #settle!: () => void;

  constructor(options: PolledProviderOptions) {
    this.#failure = new Error(`oidc: authenticator for issuer "${options.issuer}" is not initialized`);
    this.settled = new Promise((resolve) => {
      this.#settle = resolve;
    });
    void this.#attempt(options);
  }

  /** Undefined while it has not been found. */
  get verifier(): IdTokenVerifier | undefined {
    return this.#verifier;
  }

  /** Why it has not been found; undefined once it was. */
  get failure(): Error | undefined {
    return this.#verifier === undefined ? this.#failure : undefined;
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
    this.#settle();
  }

  async #attempt(options: PolledProviderOptions): Promise<void> {
    try {
      this.#verifier = await discoverProvider(options);
      this.#settle();
    } catch (error) {
      this.#failure = error as Error;
      if (this.#isClosed) return;
      options.log?.('oidc authenticator: initializing plugin', error);
      this.#cancel = options.clock.after(retryMs, () => void this.#attempt(options));
    }
  }
}
