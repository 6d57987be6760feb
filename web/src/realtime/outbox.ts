// What this tab wants sent. An entry is on the shelf before anybody tries to send it, and stays there until its receipt, so
// that closing the page loses nothing. Where there is no disk to be had it waits in memory, and whoever sent it is told.

import type { Json } from '../contract/frames';
import { byOrder, type Answer, type Entry, type Receipt } from './entry';
import { Refusal } from './refusal';
import { MemoryShelf, type Shelf } from './shelf';
import type { Cancel, Clock } from './surroundings';

/** What to send. */
export interface Letter {
  lane: string;
  name: string;
  d: Json;
  ifMatch?: string;
  /** Chosen by the caller, where the operation names its own, like a message's `client_id`. */
  key?: string;
}

export interface Sent {
  key: string;
  /** Where it waits: `disk` outlasts the page, `memory` does not. */
  kept: Promise<'disk' | 'memory'>;
  /** What the server answered; rejects with a `Refusal` when it never will do it. */
  receipt: Promise<Answer>;
}

export interface Desk {
  clock: Clock;
  newId: () => string;
  /** The shelf that all tabs share, or null where there is none. */
  disk: Promise<Shelf | null>;
  /** Hands an entry to whoever sends. */
  hand(entry: Entry): void;
  /** Tells them not to, if it is not too late. */
  forget(key: string): void;
  fault(error: unknown): void;
}

interface Waiting {
  /** Null until it lies on a shelf. */
  entry: Entry | null;
  resolve(answer: Answer): void;
  reject(refusal: Refusal): void;
}

/** More waits for nobody who still looks at it. */
export const ENTRIES_MAX = 1_000;
/** The server's bound of a call, less room for the frame around it. */
export const ENTRY_BYTES_MAX = 500 * 1024;

export class Outbox {
  private readonly memory = new MemoryShelf();
  private readonly waiting = new Map<string, Waiting>();
  private readonly listeners = new Set<() => void>();
  /** One after the other, so that entries lie on the shelf in the order in which they were sent. */
  private last: Promise<unknown>;
  private order = 0;
  /** There may be entries that whoever leads does not know of. */
  private isDue = true;
  /** Entries of earlier pages, as far as they wait still. */
  private found = 0;

  constructor(private readonly desk: Desk) {
    this.last = this.begin();
  }

  send(letter: Letter): Sent {
    const { name, d, lane, ifMatch } = letter;
    const key = letter.key ?? this.desk.newId();
    let resolve!: (answer: Answer) => void;
    let reject!: (refusal: Refusal) => void;
    const receipt = new Promise<Answer>((yes, no) => ((resolve = yes), (reject = no)));
    // Whoever does not wait for it finds it among the refused.
    receipt.catch(() => undefined);
    const waiting: Waiting = { entry: null, resolve, reject };
    this.waiting.set(key, waiting);
    const kept = this.then(() => {
      this.order = Math.max(this.desk.clock.now(), this.order + 0.001);
      const entry = { key, lane, order: this.order, name, d, ...(ifMatch !== undefined && { ifMatch }) };
      return this.keep(entry, waiting);
    });
    kept.catch((error: unknown) => this.heard({ key, refused: refusalOf(error) }));
    return { key, kept, receipt };
  }

  /** Everything that has no receipt yet, and what was refused and nobody has looked at. */
  async entries(): Promise<Entry[]> {
    const disk = await this.desk.disk;
    const kept = await (disk?.all() ?? Promise.resolve([])).catch(this.tellFault([] as Entry[]));
    return [...kept, ...(await this.memory.all())].sort(byOrder);
  }

  /** Takes an entry out, refused or not sent yet. */
  async discard(key: string): Promise<void> {
    await this.memory.remove(key);
    await (await this.desk.disk)?.remove(key);
    this.desk.forget(key);
    this.heard({ key, refused: refusalOf(new Refusal('closed', 'it was taken out of the outbox')) });
  }

  /** Sends a refused entry again, as the same command. */
  async retry(key: string): Promise<void> {
    const entry = (await this.entries()).find((other) => other.key === key);
    if (entry?.refused === undefined) return;
    const { refused, triedAt, ...again } = entry;
    await this.memory.replace(again);
    await (await this.desk.disk)?.replace(again);
    this.desk.hand(again);
    this.changed();
  }

  /** Forgets everything: the person signs out. */
  async clear(): Promise<void> {
    await this.memory.clear();
    await (await this.desk.disk)?.clear();
    this.changed();
  }

  heard(receipt: Receipt): void {
    const { key } = receipt;
    const waiting = this.waiting.get(key);
    this.waiting.delete(key);
    const held = 'answer' in receipt ? this.memory.remove(key) : this.mark(key, receipt.refused);
    void held.then(() => this.changed());
    if (waiting === undefined) this.found = Math.max(0, this.found - 1);
    else if ('answer' in receipt) waiting.resolve(receipt.answer);
    else waiting.reject(refusal(receipt.refused));
  }

  /** Somebody else leads now, or this page slept. What the leader can't know of is handed over; what was settled while nobody
   * here listened is asked for again, under its key. */
  handOver(): Promise<void> {
    this.isDue = true;
    return this.then(() => this.handAll());
  }

  onChange(listener: () => void): Cancel {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  changed(): void {
    this.listeners.forEach((listener) => listener());
  }

  private async begin(): Promise<void> {
    const entries = await this.entries();
    // After a clock was set back, what is new must still come after what is there.
    this.order = entries.reduce((most, { order }) => Math.max(most, order), 0);
    this.found = entries.length;
  }

  private async keep(entry: Entry, waiting: Waiting): Promise<'disk' | 'memory'> {
    if (bytes(entry.d) > ENTRY_BYTES_MAX) throw new Refusal('too-big', 'a call may have 500 KB');
    if (this.found + this.waiting.size > ENTRIES_MAX) throw new Refusal('outbox-full', 'too much waits to be sent');
    const where = await this.shelve(entry);
    waiting.entry = entry;
    // Earlier ones first, if whoever leads does not know of them.
    if (this.isDue) await this.handAll();
    else this.desk.hand(entry);
    this.changed();
    return where;
  }

  /** What lies in memory goes to the disk first, if it is to be had again: what is on it alone must not overtake. */
  private async shelve(entry: Entry): Promise<'disk' | 'memory'> {
    const disk = await this.desk.disk;
    const inMemory = (await this.memory.all()).filter(({ refused }) => refused === undefined);
    for (const next of [...inMemory.sort(byOrder), entry]) {
      const kept = disk !== null && (await disk.put(next).then(() => true, this.tellFault(false)));
      if (!kept) {
        // Nobody writes down there when it is tried.
        await this.memory.put({ ...entry, triedAt: this.desk.clock.now() });
        return 'memory';
      }
      await this.memory.remove(next.key);
    }
    return 'disk';
  }

  private async handAll(): Promise<void> {
    this.isDue = false;
    const held = new Map((await this.entries()).map((entry) => [entry.key, entry]));
    const now = this.desk.clock.now();
    for (const { entry } of [...this.waiting.values()]) {
      if (entry === null) continue;
      const { key } = entry;
      const there = held.get(key);
      // What is not on the disk may have been tried: nobody has written down when.
      if (there?.refused !== undefined) this.heard({ key, refused: there.refused });
      else this.desk.hand(there ?? { ...entry, triedAt: now });
    }
  }

  private then<T>(act: () => Promise<T>): Promise<T> {
    const done = this.last.then(act);
    this.last = done.catch(() => undefined);
    return done;
  }

  private async mark(key: string, refused: NonNullable<Entry['refused']>): Promise<void> {
    const entry = (await this.memory.all()).find((other) => other.key === key);
    if (entry !== undefined) await this.memory.replace({ ...entry, refused });
  }

  private tellFault<T>(otherwise: T): (error: unknown) => T {
    return (error) => {
      this.desk.fault(error);
      return otherwise;
    };
  }
}

function bytes(d: Json): number {
  return new TextEncoder().encode(JSON.stringify(d)).length;
}

function refusal({ code, detail, status, problem }: NonNullable<Entry['refused']>): Refusal {
  return new Refusal(code, detail, status, problem);
}

function refusalOf(error: unknown): NonNullable<Entry['refused']> {
  const { code, message, status, problem } = error instanceof Refusal ? error : new Refusal('internal', String(error));
  return { code, detail: message, status, problem };
}
