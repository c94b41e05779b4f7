import { describe, expect, it } from 'vitest';
import { cluster, hasKubectl } from './environment.js';
import { configMap, deployment, pod } from './manifests.js';

const escapes = new RegExp(`${String.fromCharCode(27)}\\[[0-9;]*m`, 'g');
const rows = (table: string): string[][] =>
  table
    .trimEnd()
    .split('\n')
    .map((line) => line.trim().split(/\s{2,}/));

describe.skipIf(!hasKubectl)('kubectl on a new server', () => {
  const c = cluster();

  it('cluster-info names the control plane', async () => {
    const text = (await c.kubectl('cluster-info')).replaceAll(escapes, '');
    expect(text).toContain(`Kubernetes control plane is running at ${c.server.url.replace(/\/$/, '')}`);
  });

  it('version shows what the server serves as', async () => {
    const { serverVersion } = JSON.parse(await c.kubectl('version -o json')) as { serverVersion: { major: string; minor: string; gitVersion: string } };
    expect(serverVersion).toMatchObject({ major: '1', minor: '37', gitVersion: expect.stringMatching(/^v1\.37\./) });
  });

  it('get ns shows the namespaces every cluster has', async () => {
    const [head, ...lines] = rows(await c.kubectl('get ns'));
    expect(head).toEqual(['NAME', 'STATUS', 'AGE']);
    expect(lines.map(([name, status]) => `${name} ${status}`)).toEqual(
      expect.arrayContaining(['default Active', 'kube-system Active', 'kube-public Active', 'kube-node-lease Active']),
    );
  });

  it('api-resources lists kinds with their short names', async () => {
    const text = await c.kubectl('api-resources');
    for (const line of [/^pods +po +v1 +true +Pod$/m, /^deployments +deploy +apps\/v1 +true +Deployment$/m, /^namespaces +ns +v1 +false +Namespace$/m])
      expect(text).toMatch(line);
  });

  it('apply -f creates namespaces, configmaps, deployments and pods from one file', async () => {
    const items = [
      { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop' } },
      configMap('settings', { color: 'green' }, 'shop'),
      configMap('settings', { color: 'blue' }),
      deployment('web', 2),
      pod('solo', { app: 'solo' }),
    ];
    const file = c.file('all.yaml', `---\n${items.map((item) => JSON.stringify(item)).join('\n---\n')}`);
    expect(await c.kubectl(['apply', '-f', file])).toBe(
      'namespace/shop created\nconfigmap/settings created\nconfigmap/settings created\ndeployment.apps/web created\npod/solo created\n',
    );
  });

  it('apply of the same file again changes nothing', async () => {
    const file = c.file('twice.json', configMap('twice', { a: '1' }));
    await c.kubectl(['apply', '-f', file]);
    const before = await c.get<{ metadata: { resourceVersion: string } }>('configmap', 'twice');
    expect(await c.kubectl(['apply', '-f', file])).toBe('configmap/twice unchanged\n');
    expect((await c.get<typeof before>('configmap', 'twice')).metadata.resourceVersion).toBe(before.metadata.resourceVersion);
  });

  it('apply of a changed file changes, adds and removes what the file does', async () => {
    await c.kubectl(['apply', '-f', c.file('changed.json', configMap('changed', { a: '1', b: '2' }))]);
    expect(await c.kubectl(['apply', '-f', c.file('changed.json', configMap('changed', { a: '3', c: '4' }))])).toBe('configmap/changed configured\n');
    expect((await c.get<{ data: unknown }>('configmap', 'changed')).data).toEqual({ a: '3', c: '4' });
  });

  it('apply of a changed deployment merges its containers by name', async () => {
    const before = deployment('merged', 1);
    await c.kubectl(['apply', '-f', c.file('merged.json', before)]);
    const containers = [
      { ...before.spec.template.spec.containers[0], image: 'nginx:1.28' },
      { name: 'side', image: 'busybox' },
    ];
    const after = { ...before, spec: { ...before.spec, replicas: 3, template: { ...before.spec.template, spec: { containers } } } };
    await c.kubectl(['apply', '-f', c.file('merged.json', after)]);
    const { spec } = await c.get<typeof before>('deployment', 'merged');
    expect(spec.replicas).toBe(3);
    expect(spec.template.spec.containers.map(({ name, image }) => `${name}=${image}`).sort()).toEqual(['side=busybox', 'web=nginx:1.28']);
    await c.kubectl('delete deployment merged');
  });

  it('apply refuses a field that the kind does not have, and writes nothing', async () => {
    const bad = { ...configMap('unknown', {}), datas: {} };
    const { code, stderr } = await c.run(['apply', '-f', c.file('unknown.json', bad)]);
    expect(code).toBe(1);
    expect(stderr).toContain('unknown field "datas"');
    expect((await c.run(['get', 'configmap', 'unknown'])).stderr).toContain('Error from server (NotFound): configmaps "unknown" not found');
  });

  it('a pod without containers is refused with the field that is wrong', async () => {
    const { code, stderr } = await c.run(['create', '-f', '-'], { input: { ...pod('empty'), spec: { containers: [] } } });
    expect(code).toBe(1);
    expect(stderr).toContain('spec.containers: Required value');
  });

  it('get pods prints the columns of pods', async () => {
    const [head, line] = rows(await c.kubectl('get pods solo'));
    expect(head).toEqual(['NAME', 'READY', 'STATUS', 'RESTARTS', 'AGE']);
    expect(line?.slice(0, 4)).toEqual(['solo', '0/1', 'Pending', '0']);
    expect(rows(await c.kubectl('get pods solo -o wide'))[0]).toEqual([
      'NAME',
      'READY',
      'STATUS',
      'RESTARTS',
      'AGE',
      'IP',
      'NODE',
      'NOMINATED NODE',
      'READINESS GATES',
    ]);
  });

  it('get deploy prints the columns of deployments', async () => {
    const [head, line] = rows(await c.kubectl('get deploy web'));
    expect(head).toEqual(['NAME', 'READY', 'UP-TO-DATE', 'AVAILABLE', 'AGE']);
    expect(line?.slice(0, 4)).toEqual(['web', '0/2', '0', '0']);
  });

  it('get finds by label, by field and in all namespaces', async () => {
    expect(await c.kubectl('get pods -l app=solo -o name')).toBe('pod/solo\n');
    expect(await c.kubectl('get pods -l app!=solo -o name')).not.toContain('pod/solo');
    expect(await c.kubectl('get pods --field-selector metadata.name=solo -o name')).toBe('pod/solo\n');
    expect(await c.kubectl('get configmaps -A --field-selector metadata.name=settings')).toMatch(/shop +settings/);
  });

  it('get all pages through a long list in chunks', async () => {
    const items = Array.from({ length: 25 }, (_, at) => configMap(`page-${String(at).padStart(2, '0')}`, {}));
    await c.kubectl(['create', '-f', '-'], { input: `---\n${items.map((item) => JSON.stringify(item)).join('\n---\n')}` });
    const names = (await c.kubectl('get configmaps --chunk-size=7 -o name')).split('\n').filter((name) => name.includes('page-'));
    expect(names).toEqual(items.map(({ metadata }) => `configmap/${metadata.name}`));
  });

  it('explain describes built-in fields', async () => {
    const text = await c.kubectl('explain pods.spec.containers');
    expect(text).toMatch(/KIND: +Pod\nVERSION: +v1/);
    expect(text).toMatch(/^ {2}image\t<string>/m);
    expect(text).toMatch(/^ {2}name\t<string> -required-/m);
  });

  it('describe tells of objects of every kind there is here', async () => {
    expect(await c.kubectl('describe configmap settings -n shop')).toMatch(/^color:\n----\ngreen$/m);
    expect(await c.kubectl('describe ns shop')).toMatch(/^Status: +Active$/m);
    expect(await c.kubectl('describe pod solo')).toMatch(/^ {4}Image: +nginx:1\.27$/m);
    expect(await c.kubectl('describe deployment web')).toMatch(/^Replicas: +2 desired/m);
  });

  it('edit stores what the editor leaves', async () => {
    const editor = c.file('editor.sh', '#!/bin/sh\nsed "s/color: blue/color: red/" "$1" > "$1.new" && mv "$1.new" "$1"\n');
    expect(await c.kubectl('edit configmap settings', { env: { KUBE_EDITOR: editor } })).toBe('configmap/settings edited\n');
    expect((await c.get<{ data: unknown }>('configmap', 'settings')).data).toEqual({ color: 'red' });
  });

  it('label and annotate write metadata, and refuse to overwrite unasked', async () => {
    expect(await c.kubectl('label pod solo tier=back')).toBe('pod/solo labeled\n');
    expect(await c.kubectl('annotate pod solo note=x')).toBe('pod/solo annotated\n');
    expect((await c.run(['label', 'pod', 'solo', 'tier=front'])).stderr).toContain('already has a value (back), and --overwrite is false');
    expect(await c.kubectl('get pods -l tier=back -o name')).toBe('pod/solo\n');
    expect(await c.kubectl('label pod solo tier-')).toBe('pod/solo unlabeled\n');
  });

  it('patch changes objects in every way that this server takes', async () => {
    await c.kubectl(['create', '-f', '-'], { input: configMap('patched', { a: '1', b: '2' }) });
    await c.kubectl(['patch', 'cm', 'patched', '--type=merge', '-p', '{"data":{"a":"x"}}']);
    await c.kubectl(['patch', 'cm', 'patched', '--type=json', '-p', '[{"op":"remove","path":"/data/b"}]']);
    expect((await c.get<{ data: unknown }>('cm', 'patched')).data).toEqual({ a: 'x' });
    const { code, stderr } = await c.run(['patch', 'cm', 'patched', '--type=json', '-p', '[{"op":"test","path":"/data/a","value":"y"}]']);
    expect(code).toBe(1);
    expect(stderr).toContain('The request is invalid');
  });

  it('scale sets the size of a deployment', async () => {
    await c.kubectl('scale deployment web --replicas=5');
    expect((await c.get<{ spec: unknown }>('deployment', 'web')).spec).toMatchObject({ replicas: 5 });
  });

  it('diff shows what apply would change, and changes nothing', async () => {
    await c.kubectl(['apply', '-f', c.file('diff.json', configMap('diffed', { a: 'old' }))]);
    const same = await c.run(['diff', '-f', c.file('diff.json', configMap('diffed', { a: 'old' }))]);
    expect(same).toMatchObject({ code: 0, stdout: '' });
    const changed = await c.run(['diff', '-f', c.file('diff.json', configMap('diffed', { a: 'new' }))]);
    expect(changed.code).toBe(1);
    expect(changed.stdout).toMatch(/^- {2}a: old\n\+ {2}a: new$/m);
    expect((await c.get<{ data: unknown }>('configmap', 'diffed')).data).toEqual({ a: 'old' });
  });

  it('create --dry-run=server checks and stores nothing', async () => {
    expect(await c.kubectl('create configmap dry --from-literal=a=b --dry-run=server')).toBe('configmap/dry created (server dry run)\n');
    expect((await c.run(['get', 'configmap', 'dry'])).code).toBe(1);
  });

  it('get --raw reads any path', async () => {
    expect(JSON.parse(await c.kubectl('get --raw /api'))).toMatchObject({ kind: 'APIVersions', versions: ['v1'] });
    expect(JSON.parse(await c.kubectl('get --raw /apis/apps/v1'))).toMatchObject({ kind: 'APIResourceList', groupVersion: 'apps/v1' });
    expect(await c.kubectl('get --raw /readyz')).toBe('ok');
  });

  it('delete removes an object and says when there is none', async () => {
    expect(await c.kubectl('delete pod solo --wait=true')).toMatch(/^pod "solo" deleted/);
    expect((await c.run(['delete', 'pod', 'solo'])).stderr).toContain('Error from server (NotFound): pods "solo" not found');
  });

  it('delete of a namespace removes what is in it', async () => {
    expect(await c.kubectl('delete ns shop --wait=true --timeout=20s')).toMatch(/^namespace "shop" deleted/);
    expect(await c.kubectl('get configmaps -A')).not.toMatch(/^shop /m);
    const { stderr } = await c.run(['create', 'configmap', 'late', '-n', 'shop']);
    expect(stderr).toContain('namespaces "shop" not found');
  });
});
