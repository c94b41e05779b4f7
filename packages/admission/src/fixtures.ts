/** Writes for the tests of plugins. */
import type { KubeObject } from '@apiserver-kit/machinery';
import { type ApiRequest, createContext, type RequestContext } from '@apiserver-kit/pipeline';
import type { Attributes } from './admission.js';

export const configMap = (data: Record<string, string> = {}, metadata: KubeObject['metadata'] = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: 'x', namespace: 'team-a', ...metadata },
  data,
});

export const configMapAttributes = (choices: Partial<Attributes> = {}): Attributes => ({
  operation: 'CREATE',
  resource: { group: '', version: 'v1', resource: 'configmaps' },
  kind: { group: '', version: 'v1', kind: 'ConfigMap' },
  subresource: '',
  namespace: 'team-a',
  name: 'x',
  object: configMap(),
  oldObject: undefined,
  options: undefined,
  isDryRun: false,
  user: undefined,
  context: undefined,
  ...choices,
});

/** A request with an audit event. */
export function auditedContext(): RequestContext {
  const request = { method: 'POST', path: '/', rawQuery: '', headers: {} } as unknown as ApiRequest;
  const context = createContext(request);
  context.audit = { id: 'audit-id', annotations: {} } as RequestContext['audit'];
  return context;
}
