/** What representation a client wants, by its Accept header (k8s.io/apiserver/pkg/endpoints/handlers/negotiation, RFC 9110 §12.5.1). */
import { notAcceptable, type StatusError } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';

/** Representations of metadata that every resource has (meta.k8s.io). */
export type Transform = 'Table' | 'PartialObjectMetadata' | 'PartialObjectMetadataList';

export type Format = 'json' | 'yaml' | 'protobuf';

export interface Representation {
  readonly format: Format;
  /** Indented, for people. */
  readonly pretty: boolean;
  /** Undefined: the object as it is. */
  readonly as: Transform | undefined;
  /** The version of meta.k8s.io that `as` is of. */
  readonly version: 'v1' | 'v1beta1';
}

/** One media type of an Accept header, with its parameters. */
export interface Clause {
  readonly type: string;
  readonly subtype: string;
  readonly quality: number;
  readonly parameters: Readonly<Record<string, string>>;
}

const plainJson: Representation = { format: 'json', pretty: false, as: undefined, version: 'v1' };
const transforms: ReadonlySet<string> = new Set(['Table', 'PartialObjectMetadata', 'PartialObjectMetadataList']);

/** The media types the reference names when it has none to offer. */
export const acceptedTypes = 'application/json, application/yaml, application/vnd.kubernetes.protobuf';

/** None of what the client takes is there. */
export const notAcceptableAtAll = (streaming: boolean): StatusError =>
  notAcceptable(`only the following media types are accepted: ${streaming ? 'application/json, application/vnd.kubernetes.protobuf' : acceptedTypes}`);

function parseClause(text: string): Clause | undefined {
  const [media = '', ...rest] = text.split(';').map((part) => part.trim());
  const [type = '', subtype, ...more] = media.split('/').map((part) => part.trim());
  if (type === '' || more.length > 0 || (subtype === undefined && type !== '*')) return undefined;
  const parameters: Record<string, string> = {};
  let quality = 1;
  for (const part of rest) {
    const equals = part.indexOf('=');
    if (equals < 0) continue;
    const [name, value] = [part.slice(0, equals).trim(), part.slice(equals + 1).trim()];
    if (name !== 'q') parameters[name] = value;
    else if (value !== '' && !Number.isNaN(Number(value))) quality = Number(value);
  }
  return { type, subtype: subtype ?? '*', quality, parameters };
}

/** The clauses of an Accept header, the most wanted first. */
export function parseAccept(header: string): Clause[] {
  const clauses = header
    .split(',')
    .map(parseClause)
    .filter((clause) => clause !== undefined);
  const stars = ({ type, subtype }: Clause): number => (type === '*' ? 2 : subtype === '*' ? 1 : 0);
  return clauses.sort((a, b) => b.quality - a.quality || stars(a) - stars(b));
}

const formats = [
  ['json', 'application', 'json'],
  ['yaml', 'application', 'yaml'],
  ['protobuf', 'application', 'vnd.kubernetes.protobuf'],
] as const;

/** What of a resource can be sent in protobuf: custom resources only as metadata. */
export type ProtobufOffer = 'none' | 'metadata' | 'all';

/** Whether a clause, with its stars, takes a media type. */
export const covers = (clause: Clause, type: string, subtype: string): boolean =>
  (clause.type === '*' || clause.type === type) && (clause.subtype === '*' || clause.subtype === subtype);

function accepts({ parameters }: Clause, format: Format, streaming: boolean, offer: ProtobufOffer): Representation | undefined {
  const { as, g: group, v: version = '', stream, pretty } = parameters;
  if (stream !== undefined && (stream !== 'watch' || !streaming)) return undefined;
  // Tables have no binary form.
  if (format === 'protobuf' && (offer === 'none' || as === 'Table' || (offer === 'metadata' && as === undefined))) return undefined;
  if (as === undefined) return { format, pretty: pretty === '1', as: undefined, version: 'v1' };
  if (group !== 'meta.k8s.io' || (version !== 'v1' && version !== 'v1beta1') || !transforms.has(as)) return undefined;
  return { format, pretty: pretty === '1', as: as as Transform, version };
}

// Clients send a handful of different headers, each many times.
const remembered = new Map<string, Representation | undefined>();
const maxRemembered = 1024;

function negotiateHeader(header: string, streaming: boolean, offer: ProtobufOffer): Representation | undefined {
  for (const clause of parseAccept(header)) {
    for (const [format, type, subtype] of formats) {
      if (streaming && format === 'yaml') continue;
      if (!covers(clause, type, subtype)) continue;
      const representation = accepts(clause, format, streaming, offer);
      if (representation) return representation;
    }
  }
  return undefined;
}

const browser = /^(?:Mozilla|curl|Wget)\//;

/** Whether the client asked, by `pretty` or by being a person's tool, for indented text. */
export function wantsPretty(ctx: RequestContext): boolean {
  if (ctx.request.rawQuery.includes('pretty')) {
    const asked = ctx.query.get('pretty');
    if (asked !== null) return asked !== '0' && asked !== 'false';
  }
  const agent = ctx.request.headers['user-agent'];
  return agent !== undefined && browser.test(agent);
}

export interface Negotiation {
  /** For watches, which have no YAML. Default false. */
  readonly streaming?: boolean;
  /** Default: nothing. */
  readonly protobuf?: ProtobufOffer;
}

/**
 * Chooses the representation of a response.
 * @throws StatusError NotAcceptable where the client takes nothing that there is.
 */
export function negotiate(ctx: RequestContext, { streaming = false, protobuf = 'none' }: Negotiation = {}): Representation {
  const header = ctx.request.headers.accept;
  let chosen: Representation | undefined = plainJson;
  if (header !== undefined && header !== '' && header !== 'application/json' && header !== '*/*') {
    const key = `${streaming ? 'stream' : 'once'} ${protobuf} ${header}`;
    if (remembered.has(key)) chosen = remembered.get(key);
    else {
      chosen = negotiateHeader(header, streaming, protobuf);
      if (remembered.size >= maxRemembered) remembered.clear();
      remembered.set(key, chosen);
    }
  }
  if (!chosen) throw notAcceptableAtAll(streaming);
  return !streaming && !chosen.pretty && wantsPretty(ctx) ? { ...chosen, pretty: true } : chosen;
}

/** In which form a failure is told: the first that the client takes, whatever it wanted to see of the object. JSON where it takes none. */
export function failureFormat(ctx: RequestContext, canProtobuf: boolean): Format {
  for (const clause of parseAccept(ctx.request.headers.accept ?? '')) {
    for (const [format, type, subtype] of formats) if (covers(clause, type, subtype) && (format !== 'protobuf' || canProtobuf)) return format;
  }
  return 'json';
}
