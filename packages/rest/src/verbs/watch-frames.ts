/** Watch events as bytes, printed once for all watchers that want the same (metav1.WatchEvent, a JSON line each). */
import { apiVersionOf, type KubeObject, type Status, stringifyJson } from '@apiserver-kit/machinery';
import type { Entry, EventType } from '@apiserver-kit/watch-cache';
import type { Target } from '../environment.js';
import type { Representation } from '../negotiation/accept.js';
import { entryMessage, metadataMessage } from '../respond/entry-message.js';
import type { ObjectCodec } from '../served-resource.js';
import { partialMetadataBytes } from '../table/partial-metadata.js';
import { type IncludeObject, includeObjectOf, printTable } from '../table/print-table.js';

const tail = Buffer.from('}\n');

const frame = (type: string, object: Uint8Array): Buffer => Buffer.concat([Buffer.from(`{"type":"${type}","object":`), object, tail]);

/** Prints what a watcher is told. */
export interface FramePrinter {
  event(type: EventType, entry: Entry): Buffer;
  bookmark(resourceVersion: number, isInitialEnd: boolean): Buffer;
  /** What a watcher is told when its watch cannot go on. */
  error(status: Status): Buffer;
}

const initialEventsEnd = 'k8s.io/initial-events-end';

const bookmarkMeta = (resourceVersion: number, isInitialEnd: boolean): KubeObject['metadata'] => ({
  resourceVersion: String(resourceVersion),
  ...(isInitialEnd ? { annotations: { [initialEventsEnd]: 'true' } } : {}),
});

/** The frame of an event in the resource's own form, or as metadata: remembered by the entry. */
function remembered(name: string, codec: ObjectCodec, bytes: (entry: Entry) => Buffer): FramePrinter['event'] {
  const names: Record<EventType, string> = {
    ADDED: `ADDED/${name}/${codec.id}`,
    MODIFIED: `MODIFIED/${name}/${codec.id}`,
    DELETED: `DELETED/${name}/${codec.id}`,
  };
  return (type, entry) => entry.derived(names[type], (e) => frame(type, bytes(e)));
}

/** Frames in protobuf: of metadata, or of the objects themselves. */
function binaryPrinter({ resource, environment }: Target, { as, version }: Representation): FramePrinter {
  const protobuf = environment.protobuf!;
  const { codec, kind } = resource;
  const [apiVersion, shownKind] = as === undefined ? [apiVersionOf(resource), kind] : [`meta.k8s.io/${version}`, 'PartialObjectMetadata'];
  const message =
    as === undefined ? (entry: Entry) => entryMessage(entry, codec, protobuf) : (entry: Entry) => metadataMessage(entry, codec, protobuf, version);
  const name = `protobuf/${apiVersion}/${shownKind}/${codec.id}`;
  const bytes = (type: string, body: Uint8Array): Buffer => protobuf.watchFrame(type, protobuf.envelope(apiVersion, shownKind, body));
  return {
    event: (type, entry) => entry.derived(`${type}/${name}`, (e) => bytes(type, message(e))),
    bookmark: (resourceVersion, isInitialEnd) =>
      bytes('BOOKMARK', protobuf.message({ apiVersion, kind: shownKind, metadata: bookmarkMeta(resourceVersion, isInitialEnd) })),
    error: (status) => protobuf.watchFrame('ERROR', protobuf.envelope('v1', 'Status', protobuf.message(status as unknown as KubeObject))),
  };
}

/**
 * @throws StatusError BadRequest for table options that cannot be read.
 */
export function framePrinter(target: Target, representation: Representation): FramePrinter {
  if (representation.format === 'protobuf') return binaryPrinter(target, representation);
  const { as, version } = representation;
  const { kind, codec, ...gv } = target.resource;
  const plainBookmark =
    (apiVersion: string, shownKind: string): FramePrinter['bookmark'] =>
    (resourceVersion, isInitialEnd) =>
      frame('BOOKMARK', Buffer.from(stringifyJson({ kind: shownKind, apiVersion, metadata: bookmarkMeta(resourceVersion, isInitialEnd) })));
  if (as === undefined)
    return { event: remembered('object', codec, (entry) => codec.bytes(entry)), bookmark: plainBookmark(apiVersionOf(gv), kind), error: errorFrame };
  if (as !== 'Table') {
    const event = remembered(`metadata/${version}`, codec, (entry) => partialMetadataBytes(entry, codec, version));
    return { event, bookmark: plainBookmark(`meta.k8s.io/${version}`, 'PartialObjectMetadata'), error: errorFrame };
  }
  return tablePrinter(target, version, includeObjectOf(target.ctx));
}

/** Tables tell ages, so they are printed for each watcher. The columns are told once. */
function tablePrinter(
  { resource: { codec, table }, environment: { clock } }: Target,
  version: Representation['version'],
  include: IncludeObject,
): FramePrinter {
  let withoutColumns = false;
  const print = (objects: readonly KubeObject[], resourceVersion: string): Buffer => {
    const printed = printTable(objects, { resourceVersion }, table, { version, include, nowMs: clock.now(), withoutColumns });
    withoutColumns = true;
    return printed;
  };
  return {
    event: (type, entry) => frame(type, print([codec.object(entry)], String(entry.resourceVersion))),
    bookmark: (resourceVersion) => frame('BOOKMARK', print([], String(resourceVersion))),
    error: errorFrame,
  };
}

const errorFrame = (status: Status): Buffer => frame('ERROR', Buffer.from(stringifyJson(status)));
