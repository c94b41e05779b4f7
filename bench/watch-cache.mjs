#!/usr/bin/env node
// What the watch cache does per second without a server around it: reads, changes taken in, and changes shown to 1,000 watchers.
import { parseFieldSelector, parseLabelSelector, printStored } from '../packages/machinery/dist/index.js';
import { memoryStorage } from '../packages/storage/dist/memory/index.js';
import { Cacher, rememberPrinted } from '../packages/watch-cache/dist/index.js';

const prefix = '/registry/pods/';
const namespaces = 10;
const perNamespace = 1000;
const watchers = 1000;

const podOf = (i, round = 0) => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: {
    name: `pod-${String(i).padStart(6, '0')}`,
    namespace: `namespace-${i % namespaces}`,
    uid: `uid-${i}`,
    labels: { app: `app-${i % 50}`, round: `${round}` },
  },
  spec: {
    nodeName: `node-${i % watchers}`,
    containers: [{ name: 'main', image: 'registry.example.com/image:1', env: [{ name: 'FILL', value: 'x'.repeat(500) }] }],
  },
  status: { phase: 'Running' },
});
const keyOf = ({ metadata }) => `${prefix}${metadata.namespace}/${metadata.name}`;
const fieldsOf = ({ spec }) => ({ 'spec.nodeName': spec.nodeName });

const print = (what, figure, unit = '/s') => console.log(`${what.padEnd(60)}${Math.round(figure).toLocaleString('en').padStart(13)} ${unit}`);

// What runs give goes here, so that the compiler cannot leave them out.
let result;

/** Runs per second, out of as many as fit into half a second. */
function rate(run, batch = 10) {
  for (let i = 0; i < batch; i++) run(i);
  const start = performance.now();
  let runs = 0;
  while (performance.now() - start < 500) for (let i = 0; i < batch; i++) result = run(runs++);
  return (runs / (performance.now() - start)) * 1000;
}

const storage = memoryStorage();
const count = namespaces * perNamespace;
for (let i = 0; i < count; i++) storage.create(keyOf(podOf(i)), printStored(podOf(i)));
const cacher = new Cacher(storage, prefix, { fieldsOf });

const loading = performance.now();
await cacher.fresh();
print(`load ${count} objects of ${cacher.list({}, { limit: 1 }).entries[0].bytes.length} bytes`, performance.now() - loading, 'ms');

const keys = Array.from({ length: count }, (_, i) => keyOf(podOf(i)));
const read = (run) => (i) => {
  void cacher.fresh();
  return run(i);
};
print(
  'get, fresh',
  rate(
    read((i) => cacher.get(keys[i % count])),
    1000,
  ),
);
print('list of 1,000, fresh', rate(read(() => cacher.list({ namespace: 'namespace-3' }))));
const app = parseLabelSelector('app=app-3');
print('list of 200 by label out of 1,000, fresh', rate(read(() => cacher.list({ namespace: 'namespace-3', labelSelector: app }))));
print('list of 10,000, fresh', rate(read(() => cacher.list({}))));
print('page of 500 out of 10,000, fresh', rate(read(() => cacher.list({}, { limit: 500, startKey: keys[5] }))));

let round = 0;
/** Updates one object after the other, each printed once as `rest` does it. */
function write(i) {
  const pod = podOf(i % count, ++round);
  const stored = printStored(pod);
  rememberPrinted(stored, pod);
  const key = keyOf(pod);
  storage.update(key, stored, cacher.get(key).resourceVersion);
}
print('updates of 10,000 objects, nobody watches', rate(write));
const past = cacher.resourceVersion;
for (let i = 0; i < 1000; i++) write(i);
print(
  'page of 500 at a revision 1,000 writes ago',
  rate(() => cacher.listAt(past, {}, { limit: 500 })),
);

let heard = 0;
const receiver = { onEvent: () => heard++, onBookmark: () => {}, onEnd: () => {} };
/** Changes per second while 1,000 watch, and what they hear of them. */
function fanOut(what, selectionOf) {
  const open = Array.from({ length: watchers }, (_, i) => cacher.watch(selectionOf(i), { now: true }, receiver));
  heard = 0;
  const before = round;
  const perSecond = rate(write);
  print(`updates, 1,000 watchers ${what}`, perSecond);
  print('  events delivered', (perSecond * heard) / (round - before));
  for (const watcher of open) watcher.close();
}
fanOut('of everything', () => ({}));
fanOut('of a label that a fiftieth has', (i) => ({ labelSelector: parseLabelSelector(`app=app-${i % 50}`) }));
fanOut('of one node each', (i) => ({ fieldSelector: parseFieldSelector(`spec.nodeName=node-${i}`) }));
fanOut('of one name each', (i) => ({ namespace: podOf(i).metadata.namespace, name: podOf(i).metadata.name }));
const openAndClose = () => {
  cacher.watch({ namespace: 'namespace-3' }, { initial: true }, receiver).close();
  return heard;
};
print('watches opened with 1,000 initial events', rate(openAndClose));
if (result === undefined) throw new Error('expected a result of the last measurement');
await cacher.close();
await storage.close();
