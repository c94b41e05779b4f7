/** What tests of the built-in resources ask: all of them over a storage in memory. */
import { fakeClock } from '@apiserver-kit/machinery';
import { type ApiResponse, bodyBytes, createContext, named, pageNotFound, pipeline, recover, requestInfo, type UserInfo } from '@apiserver-kit/pipeline';
import { ApiRegistry, resourceHandler } from '@apiserver-kit/rest';
import type { Storage } from '@apiserver-kit/storage';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { accessReviews } from './access-reviews.js';
import { builtinApi } from './builtin-api.js';
import type { BuiltinOptions } from './options.js';
import { builtinStores } from './stores.js';

/** Whatever a server may answer. */
export type Json = ReturnType<typeof JSON.parse>;

export interface Answer {
  readonly status: number;
  readonly body: Json;
  readonly warnings: readonly string[];
}

export interface TestApi extends AsyncDisposable {
  readonly storage: Storage;
  readonly clock: ReturnType<typeof fakeClock>;
  /** Asks as a user; by default as one who is not known. */
  ask(method: string, path: string, body?: unknown, headers?: Record<string, string>, user?: UserInfo): Promise<Answer>;
}

const patchTypes: Readonly<Record<string, string>> = { PATCH: 'application/merge-patch+json' };

/** What a test chooses. */
export interface TestApiOptions extends Partial<Omit<BuiltinOptions, 'storage' | 'stores'>> {
  /** Whether deletions may leave objects to a garbage collector. */
  readonly garbageCollection?: boolean;
}

export function testApi({ garbageCollection, ...options }: TestApiOptions = {}): TestApi {
  const clock = fakeClock();
  const storage = memoryStorage({ clock });
  const stores = builtinStores(storage, options);
  const registry = new ApiRegistry();
  const authorizer = { name: 'AlwaysAllow', authorize: () => ({ decision: 'allow', reason: '' }) as const };
  registry.add(...builtinApi({ random: () => 0, ...options, storage, stores }), ...accessReviews({ authorizer, clock }));
  let uids = 0;
  const failures: unknown[] = [];
  const handler = pipeline(
    [
      named(
        'recover',
        recover((_, error) => void failures.push(error)),
      ),
      named('requestInfo', requestInfo()),
      named('resources', resourceHandler({ registry, clock, uid: () => `uid-${++uids}`, authorizeCreate: () => {}, garbageCollection })),
    ],
    () => pageNotFound(),
  );
  return {
    storage,
    clock,
    async ask(method, path, body, headers = {}, user) {
      const [pathname = '', rawQuery = ''] = path.split('?');
      const bytes = body === undefined ? new Uint8Array(0) : Buffer.from(JSON.stringify(body));
      const type = patchTypes[method] ?? 'application/json';
      const ctx = createContext({
        method,
        path: pathname,
        rawQuery,
        headers: { ...(body === undefined ? {} : { 'content-type': type }), ...headers },
        isSecure: true,
        protocol: 'HTTP/1.1',
        remoteAddress: '',
        peerCertificate: () => undefined,
        body: async () => bytes,
      });
      ctx.user = user;
      const response: ApiResponse = await handler(ctx);
      if (failures.length > 0) throw failures[0];
      const text = Buffer.from(bodyBytes(response.body as Parameters<typeof bodyBytes>[0])).toString();
      return { status: response.status, body: text.startsWith('{') ? JSON.parse(text) : text, warnings: ctx.warnings ?? [] };
    },
    async [Symbol.asyncDispose]() {
      await stores.close();
      await storage.close();
    },
  };
}
