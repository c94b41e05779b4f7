/** What a cluster says of its clients' and proxies' authorities (the ConfigMap extension-apiserver-authentication). */
import { below, getObject, type ObjectTarget } from '@apiserver-kit/client';
import { type Clock, isReason, isRecord, type KubeObject, parseJson } from '@apiserver-kit/machinery';
import type { RequestHeaderNames } from '../request-header.js';
import { certificatesFromPem } from '../x509/index.js';

const path = '/api/v1/namespaces/kube-system/configmaps/extension-apiserver-authentication';

/** What the cluster said last. */
export interface ClusterAuthorities {
  /** PEM; undefined while the cluster names none. */
  readonly clientCAs: string | undefined;
  readonly proxyCAs: string | undefined;
  readonly names: RequestHeaderNames;
  readonly allowedNames: readonly string[];
}

export interface FollowOptions {
  readonly clock: Clock;
  readonly pollMs: number;
  readonly log?: (message: string, error: unknown) => void;
}

const none: ClusterAuthorities = { clientCAs: undefined, proxyCAs: undefined, names: { user: [], uid: [], groups: [], extraPrefixes: [] }, allowedNames: [] };

/** Reads the ConfigMap again and again. What is no good is not taken: what was read before stays. */
export class FollowedAuthorities {
  #current = none;
  #version: string | undefined;
  #cancel: () => void = () => {};
  #isClosed = false;

  constructor(
    private readonly server: ObjectTarget,
    private readonly options: FollowOptions,
  ) {}

  get current(): ClusterAuthorities {
    return this.#current;
  }

  /**
   * Reads it now. A cluster without it names nobody.
   * @throws StatusError Forbidden where we may not read it; Error when it is no good.
   */
  async read(): Promise<void> {
    let found: KubeObject & { readonly data?: unknown };
    try {
      found = await getObject(below(this.server, path));
    } catch (error) {
      if (isReason(error, 'NotFound')) return;
      throw error;
    }
    const { resourceVersion } = found.metadata ?? {};
    if (resourceVersion !== undefined && resourceVersion === this.#version) return;
    this.#current = authoritiesOf(isRecord(found.data) ? found.data : {}, this.#current);
    this.#version = resourceVersion;
  }

  /** Reads it from time to time, from now on. */
  follow(): void {
    const { clock, pollMs, log } = this.options;
    if (this.#isClosed) return;
    this.#cancel = clock.after(pollMs, () => {
      this.read()
        .catch((error: unknown) => log?.('cannot read the authentication configuration of the cluster', error))
        .finally(() => this.follow())
        .catch((error: unknown) => log?.('cannot follow the authentication configuration of the cluster', error));
    });
  }

  close(): void {
    this.#isClosed = true;
    this.#cancel();
  }
}

/** @throws Error when a list is none. */
function authoritiesOf(data: Record<string, unknown>, before: ClusterAuthorities): ClusterAuthorities {
  const pem = (key: string, last: string | undefined): string | undefined => {
    const found = data[key];
    return typeof found === 'string' && certificatesFromPem(found).length > 0 ? found : last;
  };
  const list = (key: string): readonly string[] => {
    const text = data[`requestheader-${key}`];
    if (typeof text !== 'string' || text === '') return [];
    const found = parseJson(text);
    if (!Array.isArray(found) || !found.every((one) => typeof one === 'string')) throw new Error(`requestheader-${key} is no list of texts`);
    return found;
  };
  return {
    clientCAs: pem('client-ca-file', before.clientCAs),
    proxyCAs: pem('requestheader-client-ca-file', before.proxyCAs),
    names: { user: list('username-headers'), uid: list('uid-headers'), groups: list('group-headers'), extraPrefixes: list('extra-headers-prefix') },
    allowedNames: list('allowed-names'),
  };
}
