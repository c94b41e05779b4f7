import { afterEach, describe, expect, it } from 'vitest';
import { ExpiredError } from '../storage.js';
import { type EtcdProcess, findEtcd, History, record, startEtcd, startEtcdCluster, type TcpProxy, tcpProxy } from '../testing/index.js';
import { type EtcdStorage, etcdStorage } from './index.js';

const closing: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

function open(servers: readonly string[], timeoutMs?: number): EtcdStorage {
  const storage = etcdStorage({ servers, timeoutMs, compactionIntervalMs: 0 });
  closing.push(() => storage.close());
  return storage;
}

async function start(): Promise<{ readonly etcd: EtcdProcess; readonly proxy: TcpProxy; readonly near: string; readonly far: string }> {
  const etcd = await startEtcd();
  const proxy = await tcpProxy(etcd.port);
  closing.push(
    () => etcd.stop(),
    () => proxy.close(),
  );
  return { etcd, proxy, near: etcd.url, far: `http://127.0.0.1:${proxy.port}` };
}

/** Clients that write and read the same few keys for as long as they are told to, each through a storage of its own. */
class Clients {
  readonly history = new History();
  #isStopped = false;
  #waiting: { readonly count: number; readonly resolve: () => void }[] = [];
  readonly #running: readonly Promise<void>[];
  #values = 0;

  constructor(storages: readonly EtcdStorage[]) {
    this.#running = storages.flatMap((storage) => [this.#run(storage, '/a/'), this.#run(storage, '/a/'), this.#run(storage, '/b/')]);
  }

  /** Resolves when so many more writes have been acknowledged. */
  more(count: number): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push({ count: this.history.acknowledged + count, resolve });
    });
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await Promise.all(this.#running);
  }

  async #run(storage: EtcdStorage, prefix: string): Promise<void> {
    for (let i = 0; !this.#isStopped; i++) {
      const key = `${prefix}${i % 5}`;
      const found = await this.history.read(storage, key);
      if (!found) continue;
      const value = `value ${this.#values++}`;
      if (!found.kv) await this.history.create(storage, key, value);
      else if (i % 4 === 3) await this.history.delete(storage, key, found.kv.modRevision);
      else await this.history.update(storage, key, value, found.kv.modRevision);
      this.#waiting = this.#waiting.filter(({ count, resolve }) => {
        if (count <= this.history.acknowledged) resolve();
        return count > this.history.acknowledged;
      });
    }
  }
}

/** Lets clients write while something is done to their etcd, and checks what they remember. */
async function expectHistoryToFit(
  { near, far }: { readonly near: string | readonly string[]; readonly far: string | readonly string[] },
  fault: (clients: Clients) => Promise<void>,
): Promise<History> {
  const storages = [open([far].flat(), 5_000), open([near].flat(), 5_000)];
  const begin = await storages[0]!.revision();
  const live = record(open([near].flat()), '/', { afterRevision: begin });
  const clients = new Clients(storages);
  closing.push(() => clients.stop());
  const { history } = clients;
  const watches = storages.flatMap((storage) => [history.watch(storage, '/', begin), history.watch(storage, '/a/', begin)]);
  const allReached = async (): Promise<void> => {
    // A storage tells of progress up to what it has heard of, so both must have heard of the newest.
    const [newest] = await Promise.all(storages.map((storage) => storage.revision()));
    for (const storage of storages) await storage.revision();
    await Promise.all(watches.map((watch) => watch.reached(newest!)));
  };
  await clients.more(100);
  watches.push(history.watch(storages[0]!, '/b/', begin + 10));
  await allReached();
  await fault(clients);
  await clients.more(100);
  const oldest = Math.max(await storages[0]!.compactedRevision(), begin);
  watches.push(history.watch(storages[0]!, '/a/', oldest + 20));
  await clients.stop();
  const fresh = open([near].flat());
  const end = await fresh.revision();
  await allReached();
  expect(watches.flatMap(({ errors }) => errors)).toEqual([]);
  const account = oldest > begin ? live : record(fresh, '/', { afterRevision: begin });
  await account.until(({ events }) => events.at(-1)?.revision === end);
  history.check(account.events);
  expect(history.acknowledged).toBeGreaterThanOrEqual(200);
  return history;
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe.skipIf(findEtcd() === undefined)('no write is lost and no watch misses or repeats an event', () => {
  it('while nothing goes wrong', async () => {
    const history = await expectHistoryToFit(await start(), async () => {});
    expect(history.unknown).toBe(0);
  });

  it('when connections are cut again and again', async () => {
    const setting = await start();
    await expectHistoryToFit(setting, async (clients) => {
      for (let i = 0; i < 20; i++) {
        setting.proxy.cut();
        await clients.more(20);
      }
    });
  }, 60_000);

  it('when etcd is killed and started again, five times', async () => {
    const setting = await start();
    await expectHistoryToFit(setting, async (clients) => {
      for (let i = 0; i < 5; i++) {
        await setting.etcd.kill();
        await setting.etcd.restart();
        await clients.more(30);
      }
    });
  }, 60_000);

  it('when etcd stands still for a while', async () => {
    const setting = await start();
    const history = await expectHistoryToFit(setting, async (clients) => {
      setting.etcd.pause();
      // The pause is what is tried: there is nothing to wait for.
      await wait(3_000);
      setting.etcd.resume();
      await clients.more(30);
    });
    expect(history.unknown).toBe(0);
  }, 60_000);

  it('when the leader of three members is killed, and again the next one', async () => {
    const members = await startEtcdCluster(3);
    for (const member of members) closing.push(() => member.stop());
    const urls = members.map(({ url }) => url);
    await expectHistoryToFit({ near: urls, far: urls.toReversed() }, async (clients) => {
      for (let i = 0; i < 2; i++) {
        const leads = await Promise.all(members.map((member) => member.isLeader()));
        const leader = members[leads.indexOf(true)]!;
        await leader.kill();
        await clients.more(30);
        await leader.restart();
        await clients.more(30);
      }
    });
  }, 60_000);

  it('when etcd is compacted under watches that follow', async () => {
    const setting = await start();
    const storage = open([setting.near]);
    await expectHistoryToFit(setting, async (clients) => {
      for (let i = 0; i < 10; i++) {
        await storage.compact((await storage.revision()) - 50);
        await clients.more(30);
      }
    });
  }, 60_000);
});

describe.skipIf(findEtcd() === undefined)('a watch that was cut off', () => {
  it('ends with ExpiredError when what it has missed was compacted, and has told of nothing after the gap', async () => {
    const { proxy, near, far } = await start();
    const [cutOff, storage] = [open([far]), open([near])];
    const watch = record(cutOff, '/a/', { afterRevision: await cutOff.revision() });
    await storage.create('/a/1', Buffer.from(''));
    await watch.until(({ events }) => events.length === 1);
    proxy.block();
    for (let i = 2; i < 10; i++) await storage.create(`/a/${i}`, Buffer.from(''));
    const compacted = await storage.revision();
    await storage.compact(compacted);
    proxy.mend();
    await watch.until(({ errors }) => errors.length > 0);
    expect(watch.errors[0]).toBeInstanceOf(ExpiredError);
    expect(watch.errors[0]).toMatchObject({ compactedRevision: compacted });
    expect(watch.events.map(({ key }) => key)).toEqual(['/a/1']);

    const again = record(cutOff, '/a/', { afterRevision: compacted });
    await storage.create('/a/new', Buffer.from(''));
    await again.until(({ events }) => events.length > 0);
    expect(again.events.map(({ key }) => key)).toEqual(['/a/new']);
  });

  it('goes on when nothing of it was compacted, from where it was', async () => {
    const { proxy, near, far } = await start();
    const [cutOff, storage] = [open([far]), open([near])];
    const watch = record(cutOff, '/a/', { afterRevision: await cutOff.revision() });
    const first = await storage.create('/a/1', Buffer.from(''));
    await watch.until(({ events }) => events.length === 1);
    proxy.block();
    await storage.compact(first.ok ? first.kv.modRevision : 0);
    if (first.ok) await storage.delete('/a/1', first.kv.modRevision);
    await storage.create('/a/2', Buffer.from(''));
    proxy.mend();
    await watch.until(({ events }) => events.length === 3);
    expect(watch.events.map(({ type, key }) => `${type} ${key}`)).toEqual(['put /a/1', 'delete /a/1', 'put /a/2']);
    expect(watch.errors).toEqual([]);
  });
});
