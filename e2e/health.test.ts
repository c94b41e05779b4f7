import { beforeAll, describe, expect, it } from 'vitest';
import { cluster } from './environment.js';
import { HttpClient } from './http.js';

describe('health', () => {
  const c = cluster();
  let client: HttpClient;
  beforeAll(() => {
    client = new HttpClient(c.server.url, c.server.credentials());
  });

  it.each(['/healthz', '/livez', '/readyz'])('%s is ok', async (path) => {
    const { status, text, headers } = await client.ask(path);
    expect({ status, text }).toEqual({ status: 200, text: 'ok' });
    expect(headers['content-type']).toBe('text/plain; charset=utf-8');
    expect(headers['x-content-type-options']).toBe('nosniff');
  });

  it.each(['healthz', 'livez', 'readyz'])('/%s?verbose lists the checks', async (name) => {
    const { text } = await client.ask(`/${name}?verbose`);
    expect(text).toMatch(/^\[\+\]ping ok\n/);
    expect(text).toMatch(new RegExp(`\n${name} check passed\n$`));
  });

  it('a check that is excluded is said to be', async () => {
    const { status, text } = await client.ask('/readyz?verbose&exclude=ping');
    expect(status).toBe(200);
    expect(text).toContain('[+]ping excluded: ok\n');
  });

  it('an excluded check that does not exist is warned of', async () => {
    expect((await client.ask('/readyz?verbose&exclude=nothing')).text).toContain('warn: some health checks cannot be excluded: no matches for "nothing"\n');
  });

  it('each check has a path of its own', async () => {
    expect(await client.ask('/livez/ping')).toMatchObject({ status: 200, text: 'ok' });
    expect((await client.ask('/livez/nothing')).status).toBe(404);
  });
});

describe('metrics', () => {
  const c = cluster();

  it('count requests and their durations under the names of the reference', async () => {
    const client = new HttpClient(c.server.url, c.server.credentials());
    await client.ask('/api/v1/namespaces/default/pods');
    const { status, text, headers } = await client.ask('/metrics');
    expect(status).toBe(200);
    expect(headers['content-type']).toMatch(/^text\/plain; version=0\.0\.4/);
    const labels = (line: RegExp): string => line.exec(text)?.[1] ?? '';
    expect(
      labels(/^apiserver_request_total\{([^}]*resource="pods"[^}]*)\} 1$/m)
        .split(',')
        .sort(),
    ).toEqual([
      'code="200"',
      'component="apiserver"',
      'dry_run=""',
      'group=""',
      'resource="pods"',
      'scope="namespace"',
      'subresource=""',
      'verb="LIST"',
      'version="v1"',
    ]);
    expect(text).toMatch(/^apiserver_request_duration_seconds_bucket\{[^}]*resource="pods"[^}]*le="\+Inf"[^}]*\} 1$/m);
  });
});
