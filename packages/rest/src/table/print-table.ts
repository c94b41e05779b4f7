/** Printing objects as rows (k8s.io/apiserver/pkg/endpoints/handlers/response.go). */
import { badRequest, type KubeObject, type ListMeta, stringifyJson } from '@apiserver-kit/machinery';
import type { RequestContext } from '@apiserver-kit/pipeline';
import type { TableDefinition } from '../served-resource.js';
import { listMetaText, type MetaVersion, partialObjectMetadata } from './partial-metadata.js';

/** What a row says of its object, beside the cells. */
export type IncludeObject = 'None' | 'Metadata' | 'Object';

/** @throws StatusError BadRequest for an unknown value. */
export function includeObjectOf(ctx: RequestContext): IncludeObject {
  const asked = ctx.request.rawQuery.includes('includeObject') ? ctx.query.get('includeObject') : null;
  if (asked === null || asked === '') return 'Metadata';
  if (asked === 'None' || asked === 'Metadata' || asked === 'Object') return asked;
  throw badRequest(
    `Unable to convert to Table as requested: includeObject: Invalid value: ${JSON.stringify(asked)}: must be 'Metadata', 'Object', 'None', or empty`,
  );
}

export interface TableOptions {
  readonly version: MetaVersion;
  readonly include: IncludeObject;
  readonly nowMs: number;
  /** Watches say their columns once. */
  readonly withoutColumns?: boolean;
}

function rowText(object: KubeObject, table: TableDefinition, { version, include, nowMs }: TableOptions): string {
  const cells = stringifyJson(table.cells(object, nowMs));
  const conditions = table.conditions?.(object);
  const conditionsText = conditions && conditions.length > 0 ? `,"conditions":${stringifyJson(conditions)}` : '';
  const shown = include === 'None' ? null : include === 'Metadata' ? partialObjectMetadata(object, version) : object;
  return `{"cells":${cells}${conditionsText},"object":${stringifyJson(shown)}}`;
}

/** A whole Table as JSON. */
export function printTable(objects: readonly KubeObject[], meta: ListMeta, table: TableDefinition, options: TableOptions): Buffer {
  const columns = options.withoutColumns ? 'null' : stringifyJson(table.columns);
  const rows = objects.map((object) => rowText(object, table, options)).join(',');
  return Buffer.from(
    `{"kind":"Table","apiVersion":"meta.k8s.io/${options.version}","metadata":${listMetaText(meta)},"columnDefinitions":${columns},"rows":[${rows}]}`,
  );
}
