// A shelf on disk, shared by all tabs of one person: a database with one store. An operation has happened when its
// transaction is complete, and not before.

import type { Entry } from './entry';
import type { Shelf } from './shelf';
import type { Clock } from './surroundings';

const STORE = 'entries';
const VERSION = 1;
/** A database that does not open by then is held by an older page, or broken; memory is better than waiting. */
const OPEN_MS = 3_000;

/** Opens the shelf of this name. It fails where the browser forbids it. */
export function openDatabase(factory: IDBFactory, clock: Clock, name: string): Promise<Shelf> {
  return new Promise((resolve, reject) => {
    const request = factory.open(name, VERSION);
    let late = false;
    const giveUp = clock.after(OPEN_MS, () => {
      late = true;
      reject(new Error('the database did not open'));
    });
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: 'key' });
    request.onsuccess = () => {
      giveUp();
      // Nobody takes it any more, and it must not stand in the way of others.
      if (late) request.result.close();
      else resolve(new DatabaseShelf(request.result));
    };
    request.onerror = () => {
      giveUp();
      reject(fault(request.error));
    };
  });
}

class DatabaseShelf implements Shelf {
  constructor(private readonly database: IDBDatabase) {
    // A later version of the application wants to change it: let go, and fail from then on.
    database.onversionchange = () => database.close();
  }

  async put(entry: Entry): Promise<void> {
    await this.within('readwrite', (store) => store.put(entry));
  }

  async replace(entry: Entry): Promise<void> {
    await this.within('readwrite', (store) => {
      const held = store.getKey(entry.key);
      held.onsuccess = () => {
        if (held.result !== undefined) store.put(entry);
      };
      return held;
    });
  }

  async remove(key: string): Promise<void> {
    await this.within('readwrite', (store) => store.delete(key));
  }

  async all(): Promise<Entry[]> {
    return (await this.within('readonly', (store) => store.getAll())) as Entry[];
  }

  async clear(): Promise<void> {
    await this.within('readwrite', (store) => store.clear());
  }

  close(): void {
    this.database.close();
  }

  private within(mode: IDBTransactionMode, act: (store: IDBObjectStore) => IDBRequest): Promise<unknown> {
    return new Promise((resolve, reject) => {
      // Relaxed would lose a message that a person believes is kept when the machine loses power.
      const transaction = this.database.transaction(STORE, mode, { durability: 'strict' });
      const request = act(transaction.objectStore(STORE));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onabort = () => reject(fault(transaction.error ?? request.error));
    });
  }
}

function fault(error: DOMException | null): Error {
  return error ?? new Error('the database gave up without a word');
}
