// Pages of a browser that has no screen: real sockets, real time, a database in memory, and locks and channels between them.

import { IDBFactory } from 'fake-indexeddb';
import { WebSocket } from 'ws';
import { Realtime } from '../src/realtime/client';
import { renewal } from '../src/realtime/renewal';
import type { Channel, Ears, Surroundings, Wire } from '../src/realtime/surroundings';
import { Tokens } from '../src/realtime/tokens';
import { LockTable, type Place } from '../tests/realtime/locks';
import type { Server, SignedIn } from './server';

interface Member {
  name: string;
  hear: (message: unknown) => void;
}

export class Browser {
  private readonly locks = new LockTable();
  private readonly storage = new IDBFactory();
  private readonly members = new Set<Member>();
  readonly faults: unknown[] = [];
  private refresh: string;

  constructor(
    private readonly server: Server,
    private readonly signedIn: SignedIn,
  ) {
    this.refresh = signedIn.refresh;
  }

  open(): Page {
    return new Page(this);
  }

  client(page: Page): Realtime {
    const { user, access, seconds } = this.signedIn;
    const around = this.around(page);
    const renew = renewal(fetch, this.server.origin, {
      read: () => this.refresh,
      write: (next) => (this.refresh = next),
    });
    const tokens = new Tokens({ ...around, renew }, { text: access, lifeMs: seconds * 1000 });
    return new Realtime(around, { url: this.server.socket, user, tokens }).start();
  }

  forget(page: Page): void {
    this.locks.free(page);
  }

  private around(page: Page): Surroundings {
    return {
      clock: {
        now: () => Date.now(),
        after: (ms, act) => {
          const timer = setTimeout(() => page.run(act), ms);
          return () => clearTimeout(timer);
        },
      },
      chance: () => Math.random(),
      newId: () => crypto.randomUUID(),
      open: (url, protocols, ears) => open(page, url, protocols, ears),
      locks: { request: (name, options, held) => this.locks.request(page, name, options, held) },
      channel: (name, hear) => this.channel(page, name, hear),
      storage: this.storage,
      page: { isOnline: () => true, isVisible: () => true, on: () => () => undefined },
      report: (fault) => this.faults.push(fault),
    };
  }

  private channel(page: Page, name: string, hear: (message: unknown) => void): Channel {
    const member: Member = { name, hear: (message) => page.run(() => hear(message)) };
    this.members.add(member);
    return {
      post: (message) => {
        const others = [...this.members].filter((other) => other !== member && other.name === name);
        const copy = structuredClone(message);
        others.forEach((other) => setImmediate(() => this.members.has(other) && other.hear(copy)));
      },
      close: () => this.members.delete(member),
    };
  }
}

export class Page implements Place {
  private isOpen = true;
  private readonly sockets = new Set<WebSocket>();
  readonly client: Realtime;

  constructor(private readonly browser: Browser) {
    this.client = browser.client(this);
  }

  run(act: () => void): void {
    if (this.isOpen) act();
  }

  /** Nothing of it runs any more. Its socket is reset, its locks are free. */
  crash(): void {
    this.isOpen = false;
    this.sockets.forEach((socket) => socket.terminate());
    this.browser.forget(this);
  }

  get connections(): number {
    return [...this.sockets].filter(({ readyState }) => readyState === WebSocket.OPEN).length;
  }

  keep(socket: WebSocket): void {
    this.sockets.add(socket);
    socket.on('close', () => this.sockets.delete(socket));
  }
}

function open(page: Page, url: string, protocols: string[], ears: Ears): Wire {
  const socket = new WebSocket(url, protocols);
  socket.binaryType = 'nodebuffer';
  page.keep(socket);
  socket.on('open', () => page.run(() => ears.opened()));
  socket.on('message', (data: Buffer, binary: boolean) =>
    page.run(() => ears.heard(binary ? new Uint8Array(data) : data.toString())),
  );
  // It is followed by `close`, which says what is to be said.
  socket.on('error', () => undefined);
  socket.on('close', (code) => page.run(() => ears.closed(code)));
  return {
    send: (data) => socket.readyState === WebSocket.OPEN && socket.send(data),
    close: (code, reason) => socket.close(code, reason),
  };
}
