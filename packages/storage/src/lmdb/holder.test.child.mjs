// Opens the database in argv[2], says whether it could, and holds it. With `fill` in argv[3] it writes until that fails, says how, and ends.
import { lmdbStorage } from '../../dist/lmdb/index.js';

let storage;
try {
  storage = lmdbStorage({ path: process.argv[2] });
  console.log('open');
} catch (error) {
  console.log(error.message);
}
if (process.argv[3] === 'fill') {
  let count = 0;
  process.on('unhandledRejection', (error) => console.log('unhandled', error));
  try {
    for (;;) {
      await storage.create(`/${count}`, Buffer.alloc(20_000));
      count++;
    }
  } catch (error) {
    console.log(error.message);
  }
  console.log(`wrote ${count} and reads ${storage.list('/').kvs.length}`);
  await storage.close();
} else {
  setInterval(() => {}, 1000);
}
