import type { KubeObject } from '@apiserver-kit/machinery';
import { describe, expect, it } from 'vitest';
import { configMapAttributes } from './fixtures.js';
import { type AdmissionPlugin, admissionChain, type Attributes, namespaceLifecycle, type Operation } from './index.js';

const attributes = (choices: Partial<Attributes> = {}): Attributes =>
  configMapAttributes({ object: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'x' } }, ...choices });

describe('the chain', () => {
  const noting = (name: string, heard: string[], wait: boolean): AdmissionPlugin => ({
    name,
    handles: (operation) => operation === 'CREATE',
    admit: () => {
      heard.push(`admit ${name}`);
      return wait ? Promise.resolve() : undefined;
    },
    validate: () => void heard.push(`validate ${name}`),
  });

  it('asks the plugins in order, and waits only for those that make it wait', async () => {
    const heard: string[] = [];
    const chain = admissionChain([noting('a', heard, true), noting('b', heard, false)]);
    const waiting = chain.admit(attributes());
    expect(waiting).toBeInstanceOf(Promise);
    await waiting;
    expect(chain.validate(attributes())).toBeUndefined();
    expect(heard).toEqual(['admit a', 'admit b', 'validate a', 'validate b']);
  });

  it('asks nobody of operations that nobody handles', () => {
    const chain = admissionChain([noting('a', [], false)]);
    expect(chain.admits('DELETE')).toBe(false);
    expect(chain.validates('CREATE')).toBe(true);
    expect(chain.names).toEqual(['a']);
  });
});

describe('NamespaceLifecycle', () => {
  const namespace = (phase: string): KubeObject => ({ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'team-a' }, status: { phase } });
  const admit = (found: KubeObject | undefined, choices: Partial<Attributes> = {}) =>
    namespaceLifecycle({ namespaces: () => found }).admit!(attributes(choices));

  it('lets writes into namespaces that are there', () => {
    expect(admit(namespace('Active'))).toBeUndefined();
  });

  it('refuses creations and updates where there is no namespace', () => {
    for (const operation of ['CREATE', 'UPDATE'] as Operation[]) expect(() => admit(undefined, { operation })).toThrow('namespaces "team-a" not found');
    expect(admit(undefined, { operation: 'DELETE' })).toBeUndefined();
  });

  it('refuses creations in a namespace that is going, and says so in a cause', () => {
    let status: unknown;
    try {
      admit(namespace('Terminating'));
    } catch (error) {
      status = (error as { status: unknown }).status;
    }
    expect(status).toMatchObject({
      code: 403,
      message: 'configmaps "x" is forbidden: unable to create new content in namespace team-a because it is being terminated',
      details: { causes: [{ reason: 'NamespaceTerminating', message: 'namespace team-a is being terminated', field: 'metadata.namespace' }] },
    });
    expect(admit(namespace('Terminating'), { operation: 'UPDATE' })).toBeUndefined();
  });

  it('keeps the namespaces that a cluster cannot be without', () => {
    const resource = { group: '', version: 'v1', resource: 'namespaces' };
    expect(() => admit(undefined, { operation: 'DELETE', resource, name: 'kube-system', namespace: 'kube-system' })).toThrow(
      'namespaces "kube-system" is forbidden: this namespace may not be deleted',
    );
  });

  it('waits where the namespace has to be looked up elsewhere', async () => {
    const plugin = namespaceLifecycle({ namespaces: async () => undefined });
    await expect(plugin.admit!(attributes())).rejects.toThrow('not found');
  });
});
