import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a server that can be cut. */
export interface TcpProxy {
  readonly port: number;
  /** Breaks all connections; new ones are taken. */
  cut(): void;
  /** Breaks all connections, and new ones as soon as they are made, until `mend`. */
  block(): void;
  /** Swallows what is sent, both ways, as a network that has gone away; until `mend`, which breaks what has swallowed. */
  freeze(): void;
  mend(): void;
  close(): Promise<void>;
}

/** Listens on a free port of the loopback interface and passes everything on to another port. */
export async function tcpProxy(toPort: number): Promise<TcpProxy> {
  const sockets = new Set<Socket>();
  let state: 'open' | 'blocked' | 'frozen' = 'open';
  const keep = (socket: Socket): Socket => {
    sockets.add(socket);
    return socket.setNoDelay(true).on('close', () => sockets.delete(socket));
  };
  const server = createServer((near) => {
    keep(near);
    if (state === 'blocked') return void near.destroy();
    const far = keep(connect(toPort, '127.0.0.1'));
    for (const [from, to] of [
      [near, far],
      [far, near],
    ] as const) {
      from.on('data', (bytes) => {
        if (state !== 'frozen') to.write(bytes);
      });
      from.on('error', () => to.destroy());
      from.on('close', () => to.destroy());
    }
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const cut = (): void => {
    for (const socket of sockets) socket.resetAndDestroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    cut,
    block: () => {
      state = 'blocked';
      cut();
    },
    freeze: () => {
      state = 'frozen';
    },
    mend: () => {
      if (state === 'frozen') cut();
      state = 'open';
    },
    close: async () => {
      const closed = once(server, 'close');
      server.close();
      cut();
      await closed;
    },
  };
}
