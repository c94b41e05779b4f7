import { describe, expect, it } from 'vitest';
import { cluster, hasKubectl } from './environment.js';
import { widget, widgets, widgetsWithoutSchema } from './manifests.js';

describe.skipIf(!hasKubectl)('the widgets of the document', () => {
  const c = cluster();

  it('are refused without a schema', async () => {
    const { code, stderr } = await c.run(['apply', '-f', c.file('no-schema.yaml', widgetsWithoutSchema)]);
    expect(code).toBe(1);
    expect(stderr).toContain('spec.versions[0].schema.openAPIV3Schema: Required value');
  });

  it('are established with one', async () => {
    expect(await c.kubectl(['apply', '-f', c.file('widgets.json', widgets)])).toBe(
      'customresourcedefinition.apiextensions.k8s.io/widgets.example.com created\n',
    );
    await c.kubectl('wait crd/widgets.example.com --for=condition=Established --timeout=10s');
    expect(await c.kubectl('get crds')).toMatch(/^NAME +SCOPE +VERSIONS +CREATED AT\nwidgets\.example\.com +Namespaced +v1\(storage\) +\d{4}-/);
    expect(await c.kubectl('api-resources --api-group=example.com')).toMatch(/^widgets +wd +example\.com\/v1 +true +Widget$/m);
  });

  it('are created, defaulted and listed through their short name, with their column', async () => {
    expect(await c.kubectl(['apply', '-f', '-'], { input: widget('big', 5) })).toBe('widget.example.com/big created\n');
    expect(await c.kubectl('get wd')).toMatch(/^NAME +SIZE\nbig +5\n$/);
    expect(await c.kubectl('get wd big -o jsonpath={.spec.color}')).toBe('green');
    expect(await c.kubectl('get things -o name')).toBe('widget.example.com/big\n');
  });

  it('are held to their schema', async () => {
    const { code, stderr } = await c.run(['create', '-f', '-'], { input: widget('none', 0) });
    expect(code).toBe(1);
    expect(stderr).toContain('The Widget "none" is invalid: spec.size: Invalid value: 0: spec.size in body should be greater than or equal to 1');
  });

  it('keep no field that the schema does not know', async () => {
    const input = { ...widget('pruned', 1), spec: { size: 1, shape: 'round' } };
    await c.kubectl(['create', '--validate=false', '-f', '-'], { input });
    expect((await c.get<{ spec: unknown }>('wd', 'pruned')).spec).toEqual({ size: 1, color: 'green' });
  });

  it('are explained', async () => {
    expect(await c.kubectl('explain wd')).toContain('Widget is a thing with a size.');
    expect(await c.kubectl('explain wd.spec.size')).toMatch(/FIELD: size <integer>[\s\S]*How many there are\./);
  });

  it('are patched, scaled, described and deleted', async () => {
    expect(await c.kubectl(['patch', 'wd', 'big', '--type=merge', '-p', '{"spec":{"color":"red"}}'])).toBe('widget.example.com/big patched\n');
    expect(await c.kubectl('scale wd big --replicas=7')).toBe('widget.example.com/big scaled\n');
    const text = await c.kubectl('describe wd big');
    expect(text).toMatch(/^Kind: +Widget$/m);
    expect(text).toMatch(/^ {2}Color: +red$/m);
    expect(text).toMatch(/^ {2}Size: +7$/m);
    expect(await c.kubectl('delete wd --all')).toMatch(/^widget\.example\.com "big" deleted/);
  });

  it('have a status that only its subresource writes', async () => {
    await c.kubectl(['create', '-f', '-'], { input: { ...widget('stated', 1), status: { size: 9 } } });
    expect((await c.get<{ status?: unknown }>('wd', 'stated')).status).toBeUndefined();
    await c.kubectl(['patch', 'wd', 'stated', '--subresource=status', '--type=merge', '-p', '{"status":{"size":3},"spec":{"size":8}}']);
    expect(await c.get('wd', 'stated')).toMatchObject({ spec: { size: 1 }, status: { size: 3 } });
  });

  it('go away with their definition', async () => {
    await c.kubectl('delete crd widgets.example.com --wait=true --timeout=20s');
    // As kubectl knows the resource from before, it asks for it; without what it knows, there is none.
    expect((await c.run(['get', 'wd'])).stderr).toContain('the server could not find the requested resource');
    expect((await c.run(['get', 'wd', `--cache-dir=${c.directory}/new`])).stderr).toContain(`the server doesn't have a resource type "wd"`);
  });
});
