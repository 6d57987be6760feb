// Where entries wait: the face of it, and the shelf in memory, which forgets with its tab. `database.ts` has the one that
// does not.

import type { Entry } from './entry';

/** Every method may fail: a disk is full, a browser forbids it. */
export interface Shelf {
  /** Adds an entry, or replaces the one with its key. */
  put(entry: Entry): Promise<void>;
  /** Replaces the entry with this key if it is still there. */
  replace(entry: Entry): Promise<void>;
  remove(key: string): Promise<void>;
  all(): Promise<Entry[]>;
  clear(): Promise<void>;
  close(): void;
}

export class MemoryShelf implements Shelf {
  private readonly entries = new Map<string, Entry>();

  put(entry: Entry): Promise<void> {
    this.entries.set(entry.key, entry);
    return Promise.resolve();
  }

  replace(entry: Entry): Promise<void> {
    if (this.entries.has(entry.key)) this.entries.set(entry.key, entry);
    return Promise.resolve();
  }

  remove(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }

  all(): Promise<Entry[]> {
    return Promise.resolve([...this.entries.values()]);
  }

  clear(): Promise<void> {
    this.entries.clear();
    return Promise.resolve();
  }

  close(): void {
    // There is nothing to let go.
  }
}
