#!/usr/bin/env node
// What server-side apply costs without a server around it: CPU time per write of a Deployment of 3 KB and of 9 KB, managedFields aside.
import { fieldManager } from '../packages/apply/dist/index.js';
import { builtinMergeType } from '../packages/builtin/dist/kinds.js';

const kind = { group: 'apps', version: 'v1', kind: 'Deployment' };
const deployments = fieldManager({ kind, type: (version) => (version === 'apps/v1' ? builtinMergeType(kind) : undefined) });
const nowMs = Date.parse('2026-01-01T00:00:00Z');

const container = (i, image = `registry.example.com/image:${i}`) => ({
  name: `c${i}`,
  image,
  args: ['--listen=:8080', '--verbose'],
  env: Array.from({ length: 6 }, (_, at) => ({ name: `NAME_${at}`, value: `value ${at}` })),
  ports: [{ containerPort: 8080 + i, name: `http-${i}`, protocol: 'TCP' }],
  resources: { limits: { cpu: '1', memory: '1Gi' }, requests: { cpu: '100m', memory: '128Mi' } },
  volumeMounts: [{ name: 'data', mountPath: '/data' }],
  livenessProbe: { httpGet: { path: '/healthz', port: 8080, scheme: 'HTTP' }, periodSeconds: 10, timeoutSeconds: 1, failureThreshold: 3 },
  terminationMessagePath: '/dev/termination-log',
  terminationMessagePolicy: 'File',
  imagePullPolicy: 'IfNotPresent',
});
const deployment = (containers) => ({
  apiVersion: 'apps/v1',
  kind: 'Deployment',
  metadata: { name: 'web', namespace: 'default', labels: { app: 'web' } },
  spec: {
    replicas: 3,
    selector: { matchLabels: { app: 'web' } },
    template: { metadata: { labels: { app: 'web' } }, spec: { containers, volumes: [{ name: 'data', emptyDir: {} }], restartPolicy: 'Always' } },
    strategy: { type: 'RollingUpdate', rollingUpdate: { maxSurge: '25%', maxUnavailable: '25%' } },
  },
});
const repeat = (count, make) => Array.from({ length: count }, (_, i) => make(i));

const print = (what, figure, unit = 'µs') => console.log(`${what.padEnd(60)}${figure.toFixed(1).padStart(13)} ${unit}`);
// What runs give goes here, so that the compiler cannot leave them out.
let result;

/** CPU time per run in microseconds, of all threads of the process: the collector's work is part of the cost. */
function cost(what, run) {
  for (let i = 0; i < 2000; i++) result = run(i & 63);
  const start = process.cpuUsage();
  let runs = 0;
  const until = performance.now() + 1000;
  while (performance.now() < until) for (let i = 0; i < 64; i++, runs++) result = run(i);
  const { user, system } = process.cpuUsage(start);
  print(what, (user + system) / runs);
}

for (const count of [3, 11]) {
  const containers = repeat(count, (i) => container(i));
  const config = deployment(containers);
  const size = `${Math.round(JSON.stringify(config).length / 1000)} KB`;
  const stored = (object) => ({ ...object, metadata: { ...object.metadata, uid: 'u' } });
  const created = stored(deployments.update(undefined, config, 'kubectl-create', nowMs));
  const applied = stored(deployments.apply(undefined, config, 'kubectl', { nowMs }));

  const same = repeat(64, () => JSON.parse(JSON.stringify(created)));
  const otherImages = repeat(64, (i) => deployment([container(0, `image:${i}`), ...containers.slice(1)]));
  const otherStatuses = repeat(64, (i) => ({ ...created, status: { replicas: i } }));

  cost(`${size}: create`, () => deployments.update(undefined, config, 'kubectl-create', nowMs));
  cost(`${size}: update that changes nothing`, (i) => deployments.update(created, same[i], 'controller', nowMs));
  cost(`${size}: update of the status`, (i) => deployments.update(created, otherStatuses[i], 'controller', nowMs));
  cost(`${size}: update of an image`, (i) => deployments.update(created, otherImages[i], 'kubectl-edit', nowMs));
  cost(`${size}: apply that changes nothing`, () => deployments.apply(applied, config, 'kubectl', { nowMs }));
  cost(`${size}: apply of an image`, (i) => deployments.apply(applied, otherImages[i], 'kubectl', { nowMs }));
  cost(`${size}: apply without a container`, () => deployments.apply(applied, deployment(containers.slice(1)), 'kubectl', { nowMs }));
}
if (result === undefined) throw new Error('nothing was measured');
