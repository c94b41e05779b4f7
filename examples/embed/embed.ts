import { apiServer } from '@apiserver-kit/server';

// All of an API server in this process, in memory. With `storage: lmdbStorage({ path: 'data' })` it is kept.
const server = await apiServer();
const client = server.client();

const configMaps = '/api/v1/namespaces/default/configmaps';
const events = client.watch(configMaps);
await client.request({ method: 'POST', path: configMaps, body: { apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'hello' }, data: { who: 'world' } } });
for await (const { type, object } of events) {
  console.log(type, JSON.stringify(object));
  break;
}

// The same handler takes a port with listen(server.handler, { tls }), or answers Fetch requests with fetchHandler(server.handler).
await server.close();
