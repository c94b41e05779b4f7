/** One path of discovery: its document, and how it is answered. */
import { createHash } from 'node:crypto';
import type { ApiResponse, RequestContext } from '@apiserver-kit/pipeline';
import type { MaybePromise } from '@apiserver-kit/storage';
import { acceptedTypes } from '../negotiation/accept.js';
import type { AggregatedVersion } from './aggregated.js';
import { negotiateDiscovery } from './negotiate-discovery.js';
import { PrintedDocument } from './printed.js';
import { expectGet } from './routed.js';

/** The hash that the reference makes ETags of. */
export const hashOf = (bytes: Uint8Array): string => createHash('sha512').update(bytes).digest('hex').toUpperCase();

const produced = ['application/json', 'application/yaml'];

/** The document that tells of all below a path, in both versions of its API. */
export class AggregatedDocument {
  readonly #versions: Readonly<Record<AggregatedVersion, PrintedDocument>>;
  #etag: string | undefined = undefined;

  constructor(make: (version: AggregatedVersion) => unknown) {
    this.#versions = { v2: new PrintedDocument(() => make('v2')), v2beta1: new PrintedDocument(() => make('v2beta1')) };
  }

  /** The same for all forms: clients tell them apart by `Vary`. */
  get etag(): string {
    return (this.#etag ??= `"${hashOf(this.#versions.v2.json)}"`);
  }

  in(version: AggregatedVersion): PrintedDocument {
    return this.#versions[version];
  }
}

export interface PageOptions {
  /** Where the reference has a route rather than a plain handler: it answers GET alone. */
  readonly isRouted: boolean;
  readonly aggregated?: AggregatedDocument;
}

/** Answers requests for one path. */
export class DiscoveryPage {
  readonly #document: PrintedDocument;

  constructor(
    make: () => unknown,
    private readonly options: PageOptions,
  ) {
    this.#document = new PrintedDocument(make);
  }

  /** @throws StatusError NotAcceptable; MethodNotAllowed. */
  answer(ctx: RequestContext): MaybePromise<ApiResponse> {
    const { isRouted, aggregated } = this.options;
    if (isRouted) expectGet(ctx, produced, acceptedTypes);
    const form = negotiateDiscovery(ctx, aggregated !== undefined);
    if (form.aggregated === undefined || !aggregated) return respond(this.#document.print(form), { 'content-type': `application/${form.format}` });
    const headers = { etag: aggregated.etag, vary: 'Accept', 'cache-control': 'public' };
    if (ctx.request.headers['if-none-match'] === aggregated.etag) return { status: 304, headers, body: undefined };
    const type = `application/${form.format};g=apidiscovery.k8s.io;v=${form.aggregated};as=APIGroupDiscoveryList`;
    return respond(aggregated.in(form.aggregated).print(form), { ...headers, 'content-type': type });
  }
}

function respond(body: MaybePromise<Buffer | string>, headers: ApiResponse['headers']): MaybePromise<ApiResponse> {
  return body instanceof Promise ? body.then((settled) => ({ status: 200, headers, body: settled })) : { status: 200, headers, body };
}
