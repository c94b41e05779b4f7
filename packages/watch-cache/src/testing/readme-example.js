import { printStored } from '@apiserver-kit/machinery';
import { memoryStorage } from '@apiserver-kit/storage/memory';
import { Cacher } from '@apiserver-kit/watch-cache';

const storage = memoryStorage();
const cacher = new Cacher(storage, '/registry/widgets/');
await cacher.fresh(); // loads it; from here on it follows the storage

const onEvent = (type, { name, resourceVersion }) => console.log(type, name, resourceVersion);
const watcher = cacher.watch({ namespace: 'default' }, { initial: true }, { onEvent, onBookmark() {}, onEnd() {} });

const widget = { apiVersion: 'example.com/v1', kind: 'Widget', metadata: { name: 'one', namespace: 'default' } };
storage.create('/registry/widgets/default/one', printStored(widget)); // ADDED one 2

await cacher.fresh(); // a read after this sees every write before it
const { entries, resourceVersion } = cacher.list({ namespace: 'default' }, { limit: 500 });
console.log(resourceVersion, entries[0].bytes.toString()); // 2 {…,"metadata":{"resourceVersion":"2",…}}

watcher.close();
await cacher.close();
await storage.close();
