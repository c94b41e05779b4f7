/** The issuers of an AuthenticationConfiguration, and of the ones that come after it (pkg/kubeapiserver/authenticator/config.go). */
import { aggregateError, jsonEqual, systemClock } from '@apiserver-kit/machinery';
import { audienceAgnostic } from '../audiences.js';
import { type TokenAuthenticator, tokenUnion } from '../bearer.js';
import { type WatchedFileOptions, watchedFile } from '../watched-file.js';
import { type OidcAuthenticator, type OidcOptions, oidcTokens, signingAlgorithms } from './authenticator.js';
import type { AnonymousConfiguration, AuthenticationConfiguration } from './configuration.js';
import { loadAuthenticationConfiguration } from './load-configuration.js';
import { checkAuthenticationConfiguration } from './validate-configuration.js';

export interface ConfiguredTokensOptions extends OidcOptions {
  /** `--api-audiences`: what tokens of issuers count as made for. */
  readonly audiences?: readonly string[];
}

/** Knows the users of all issuers that are configured now. */
export interface ConfiguredTokens extends TokenAuthenticator, AsyncDisposable {
  /** Resolves when all the issuers were found. */
  readonly ready: Promise<void>;
  health(): Error | undefined;
  /**
   * Goes over to other issuers, once all of them were found; until then, the ones before stay.
   * @throws Error when the configuration is no good, or the issuers are not found within a minute: nothing changes.
   */
  update(configuration: AuthenticationConfiguration): Promise<void>;
  close(): Promise<void>;
}

const updateTimeoutMs = 60_000;
/** Requests on their way may still ask issuers that are gone. */
const graceMs = 60_000;

interface Generation {
  readonly authenticators: readonly OidcAuthenticator[];
  readonly tokens: TokenAuthenticator;
}

/** @throws Error for what is wrong with the configuration. */
export function configuredTokens(configuration: AuthenticationConfiguration, options: ConfiguredTokensOptions = {}): ConfiguredTokens {
  const { audiences = [], clock = systemClock } = options;
  const make = (next: AuthenticationConfiguration): Generation => {
    checkAuthenticationConfiguration(next, options);
    const authenticators = (next.jwt ?? []).map((one) => oidcTokens(one, options));
    return { authenticators, tokens: audienceAgnostic(audiences, tokenUnion(authenticators, { failOnError: true })) };
  };
  let current = make(configuration);
  let isClosed = false;
  let updates = 0;
  const closeAll = async ({ authenticators }: Generation): Promise<void> => {
    await Promise.all(authenticators.map((one) => one.close()));
  };
  const close = (): Promise<void> => {
    isClosed = true;
    return closeAll(current);
  };
  return {
    name: 'jwt',
    authenticateToken: (token, ctx) => current.tokens.authenticateToken(token, ctx),
    ready: Promise.all(current.authenticators.map(({ ready }) => ready)).then(() => undefined),
    health: () => healthOf(current),
    async update(next) {
      const number = ++updates;
      const generation = make(next);
      await new Promise<void>((resolve) => {
        const cancel = clock.after(updateTimeoutMs, resolve);
        void Promise.all(generation.authenticators.map(({ ready }) => ready)).then(() => {
          cancel();
          resolve();
        });
      });
      const failure = healthOf(generation);
      // Issuers that were slow to be found must not replace newer ones.
      if (failure !== undefined || isClosed || number !== updates) {
        await closeAll(generation);
        throw failure ?? new Error(isClosed ? 'the authenticator was closed' : 'a newer configuration came');
      }
      const old = current;
      current = generation;
      clock.after(graceMs, () => void closeAll(old));
    },
    close,
    [Symbol.asyncDispose]: close,
  };
}

function healthOf({ authenticators }: Generation): Error | undefined {
  const failures = authenticators.map((one) => one.health()).filter((failure) => failure !== undefined);
  return failures.length > 0 ? aggregateError(failures) : undefined;
}

/** What a file of `--authentication-config` makes. */
export interface AuthenticationConfigurationFile extends AsyncDisposable {
  readonly tokens: ConfiguredTokens;
  /** What the file says of anonymous requests; undefined where the flag decides. It does not change. */
  readonly anonymous: AnonymousConfiguration | undefined;
  close(): Promise<void>;
}

export interface ConfigurationFileOptions extends ConfiguredTokensOptions, Pick<WatchedFileOptions, 'pollMs' | 'watchDirectory'> {
  /** Told of each change of the file: whether it was taken. */
  readonly observeReload?: (outcome: 'success' | 'failure') => void;
}

/**
 * Reads a configuration from its file, and again when it changes. What is no good is not taken: what was read before stays.
 * @throws Error when it cannot be read the first time, or is no good then.
 */
export function authenticationConfigurationFile(path: string, options: ConfigurationFileOptions = {}): AuthenticationConfigurationFile {
  // A file names the keys of issuers, not algorithms: any that a key allows will do.
  const tokenOptions = { algorithms: signingAlgorithms, ...options };
  const reload = (): void => {
    tokens.update(file.value).then(
      () => options.observeReload?.('success'),
      (error: unknown) => failed('failed to update authentication config', error),
    );
  };
  const failed = (message: string, error: unknown): void => {
    options.observeReload?.('failure');
    options.log?.(message, error);
  };
  let anonymous: AnonymousConfiguration | undefined;
  let isFirst = true;
  const parse = (text: string): AuthenticationConfiguration => {
    const configuration = loadAuthenticationConfiguration(text);
    checkAuthenticationConfiguration(configuration, options);
    if (isFirst) anonymous = configuration.anonymous;
    else if (!jsonEqual(anonymous ?? null, configuration.anonymous ?? null)) throw new Error('anonymous: Forbidden: changed from initial configuration file');
    isFirst = false;
    return configuration;
  };
  const { pollMs, watchDirectory, clock } = options;
  const file = watchedFile(path, parse, { pollMs, watchDirectory, clock, onChange: reload, log: failed });
  const tokens = configuredTokens(file.value, tokenOptions);
  const close = async (): Promise<void> => {
    await Promise.all([file.close(), tokens.close()]);
  };
  return { tokens, anonymous, close, [Symbol.asyncDispose]: close };
}
