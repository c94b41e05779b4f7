import { type KubeObject, printStored } from '@apiserver-kit/machinery';
import type { KeyValue, Storage, WriteResult } from '@apiserver-kit/storage';

export const prefix = '/registry/configmaps/';

export interface Shape {
  readonly labels?: Record<string, string>;
  readonly node?: string;
  readonly text?: string;
}

export const configMap = (namespace: string, name: string, { labels, node, text = '' }: Shape = {}): KubeObject => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name, ...(namespace !== '' && { namespace }), ...(labels && { labels }) },
  data: { text, ...(node && { node }) },
});

export const keyOf = (namespace: string, name: string): string => (namespace === '' ? `${prefix}${name}` : `${prefix}${namespace}/${name}`);

const done = (result: WriteResult): KeyValue => {
  if (!result.ok) throw new Error('the write was refused');
  return result.kv;
};

/** Creates or updates an object; the path is `namespace/name`, or a name. */
export async function put(storage: Storage, path: string, shape: Shape = {}): Promise<number> {
  const [namespace, name] = path.includes('/') ? (path.split('/') as [string, string]) : ['', path];
  const key = keyOf(namespace, name);
  const value = printStored(configMap(namespace, name, shape));
  const { kv } = await storage.get(key);
  return done(kv ? await storage.update(key, value, kv.modRevision) : await storage.create(key, value)).modRevision;
}

export async function remove(storage: Storage, path: string): Promise<number> {
  const { kv } = await storage.get(`${prefix}${path}`);
  return done(await storage.delete(`${prefix}${path}`, kv!.modRevision)).modRevision;
}

/** A field to select by. */
export const nodeOf = ({ data }: KubeObject): Record<string, string> => ({ 'data.node': (data as Record<string, string>).node ?? '' });
