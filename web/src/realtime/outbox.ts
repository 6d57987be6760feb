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

/** More waits for nobody who still looks at it. */
export const ENTRIES_MAX = 1_000;
/** The server's bound of a call, less room for the frame around it. */
export const ENTRY_BYTES_MAX = 500 * 1024;

export class Outbox {
  private readonly memory = new MemoryShelf();
  private readonly waiting = new Map<string, { resolve(answer: Answer): void; reject(refusal: Refusal): void }>();
  private readonly listeners = new Set<() => void>();
  /** One after the other, so that entries lie on the shelf in the order in which they were sent. */
  private last: Promise<unknown>;
  private order = 0;
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
    this.waiting.set(key, { resolve, reject });
    const kept = this.then(() => {
      this.order = Math.max(this.desk.clock.now(), this.order + 0.001);
      return this.keep({ key, lane, order: this.order, name, d, ...(ifMatch !== undefined && { ifMatch }) });
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

  /** Somebody else leads now, and knows nothing of what is in our memory. It may have been tried before. */
  async handOver(): Promise<void> {
    const now = this.desk.clock.now();
    for (const entry of (await this.memory.all()).sort(byOrder)) {
      const tried = { ...entry, triedAt: entry.triedAt ?? now };
      await this.memory.replace(tried);
      this.desk.hand(tried);
    }
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

  private async keep(entry: Entry): Promise<'disk' | 'memory'> {
    if (bytes(entry.d) > ENTRY_BYTES_MAX) throw new Refusal('too-big', 'a call may have 500 KB');
    if (this.found + this.waiting.size > ENTRIES_MAX) throw new Refusal('outbox-full', 'too much waits to be sent');
    const disk = await this.desk.disk;
    const kept = disk !== null && (await disk.put(entry).then(() => true, this.tellFault(false)));
    if (!kept) await this.memory.put(entry);
    this.desk.hand(entry);
    this.changed();
    return kept ? 'disk' : 'memory';
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
