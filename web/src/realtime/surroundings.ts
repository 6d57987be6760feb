// What the client needs from outside: time, chance, network, storage, the other tabs and the page. It holds shapes only;
// `browser.ts` fills them with a browser's own, a test with ones that it can hold.

export type Cancel = () => void;

/** Time. Instants are only ever compared with each other, never with the server's. */
export interface Clock {
  /** Milliseconds since some instant. It may jump: people set clocks, machines sleep. */
  now(): number;
  after(ms: number, act: () => void): Cancel;
}

/** What a socket tells. After `closed` it tells nothing any more. */
export interface Ears {
  opened(): void;
  heard(data: Uint8Array | string): void;
  closed(code: number): void;
}

/** An open socket, or one that is being opened. Closing it twice is harmless. */
export interface Wire {
  send(data: Uint8Array | string): void;
  close(code: number, reason: string): void;
}

/** The part of the Web Locks API that is used; `LockManager` is one. */
export interface Locks {
  request(
    name: string,
    options: { steal?: boolean; signal?: AbortSignal },
    held: (lock: unknown) => Promise<unknown>,
  ): Promise<unknown>;
}

/** A line to the other tabs: what one posts, all others hear, in the order in which it was posted. */
export interface Channel {
  post(message: unknown): void;
  close(): void;
}

/** Moments in the life of a page. `gone` may be followed by `resumed` when a person comes back to it. */
export type Moment = 'online' | 'offline' | 'visible' | 'hidden' | 'frozen' | 'resumed' | 'gone';

export interface Page {
  isOnline(): boolean;
  isVisible(): boolean;
  on(listener: (moment: Moment) => void): Cancel;
}

export interface Surroundings {
  clock: Clock;
  /** A number from 0 up to 1, as `Math.random` gives. */
  chance: () => number;
  /** A new UUID. */
  newId: () => string;
  open: (url: string, protocols: string[], ears: Ears) => Wire;
  /** Null where the browser has none: then every tab has a socket of its own. */
  locks: Locks | null;
  channel: ((name: string, hear: (message: unknown) => void) => Channel) | null;
  /** Null where the browser has none. It may refuse to open, too: private windows, full disks. */
  storage: IDBFactory | null;
  page: Page;
  /** Where faults go that nobody waits for: the application's log. */
  report: (fault: unknown) => void;
}
