// A simulated browser: what its pages share. Messages between them, locks, one disk, one network.

import { MemoryShelf, type Shelf } from '../../src/realtime/shelf';
import type { Entry } from '../../src/realtime/entry';
import type { Channel } from '../../src/realtime/surroundings';
import { LockTable } from './locks';
import { Page } from './page';
import type { Server } from './server';
import type { Time } from './time';

interface Member {
  page: Page;
  name: string;
  hear: (message: unknown) => void;
}

export class Browser {
  readonly locks = new LockTable();
  readonly disk = new MemoryShelf();
  isOnline = true;
  /** What is said goes nowhere, and nobody is told: a network that lost its route. */
  isCut = false;
  /** The next writes to the disk fail. */
  diskIsFull = false;
  private readonly members = new Set<Member>();
  private ids = 0;

  constructor(
    readonly time: Time,
    readonly server: Server,
    readonly chance: () => number,
    private readonly name: string,
  ) {}

  page(): Page {
    return new Page(this);
  }

  newId(): string {
    return `${this.name}-${++this.ids}`;
  }

  channel(page: Page, name: string, hear: (message: unknown) => void): Channel {
    const member = { page, name, hear };
    this.members.add(member);
    return {
      post: (message) => {
        const copy = structuredClone(message);
        for (const other of this.members) {
          if (other === member || other.name !== name) continue;
          this.time.after(1, () => this.members.has(other) && other.page.run(() => other.hear(copy)));
        }
      },
      close: () => this.members.delete(member),
    };
  }

  forget(page: Page): void {
    for (const member of this.members) if (member.page === page) this.members.delete(member);
  }

  /** The one disk, as a page sees it: everything takes a moment, and what a page had begun when it died may have happened. */
  shelf(page: Page): Shelf {
    const later = <T>(act: () => Promise<T>, writes = true): Promise<T> =>
      new Promise((resolve, reject) => {
        this.time.after(1, () => {
          if (writes && this.diskIsFull) return page.run(() => reject(new Error('the disk is full')));
          void act().then((value) => this.time.after(1, () => page.run(() => resolve(value))));
        });
      });
    const copy = (entry: Entry): Entry => structuredClone(entry);
    return {
      put: (entry) => later(() => this.disk.put(copy(entry))),
      replace: (entry) => later(() => this.disk.replace(copy(entry))),
      remove: (key) => later(() => this.disk.remove(key), false),
      all: () => later(async () => (await this.disk.all()).map(copy), false),
      clear: () => later(() => this.disk.clear(), false),
      close: () => undefined,
    };
  }
}
