// Which tab has the socket: the one that holds a lock. The browser gives the lock to the next in line when its holder
// closes or crashes; a holder that is there and does not answer can be deposed. It knows nothing of sockets.

import type { Locks } from './surroundings';

export interface Office {
  /** From now on this tab leads. */
  begin(): void;
  /** From now on it does not. */
  end(): void;
  fault(error: unknown): void;
}

export class Leadership {
  private waiting: AbortController | null = null;
  private resign: (() => void) | null = null;

  constructor(
    private readonly locks: Locks | null,
    private readonly name: string,
    private readonly office: Office,
  ) {}

  /** Stands in line. Where there are no locks every tab leads itself. */
  stand(): void {
    if (this.waiting !== null || this.resign !== null) return;
    if (this.locks === null) {
      this.resign = () => undefined;
      this.office.begin();
      return;
    }
    this.waiting = new AbortController();
    this.take({ signal: this.waiting.signal });
  }

  /** Takes the lock from whoever holds it. */
  depose(): void {
    if (this.resign !== null || this.locks === null) return;
    this.waiting?.abort();
    // The API knows no signal for one that takes: it is granted at once.
    this.waiting = new AbortController();
    this.take({ steal: true });
  }

  /** Gives the lock back, or leaves the line. */
  stop(): void {
    this.waiting?.abort();
    this.waiting = null;
    const { resign } = this;
    this.resign = null;
    if (resign === null) return;
    this.office.end();
    resign();
  }

  private take(options: { steal?: boolean; signal?: AbortSignal }): void {
    const mine = this.waiting;
    const held = () => {
      // Left the line while the lock was on its way.
      if (this.waiting !== mine) return Promise.resolve();
      this.waiting = null;
      const term = new Promise<void>((resolve) => (this.resign = resolve));
      const { resign } = this;
      deposed = () => {
        if (this.resign !== resign) return;
        this.resign = null;
        this.office.end();
        this.stand();
      };
      this.office.begin();
      return term;
    };
    let deposed = (): void => {
      // Never held.
    };
    this.locks?.request(this.name, options, held).catch((error: unknown) => {
      // An abort is our own leaving, or somebody who took the lock; perhaps before we knew that it was ours.
      if (!(error instanceof Error && error.name === 'AbortError')) this.office.fault(error);
      else if (mine !== null && this.waiting === mine) {
        this.waiting = null;
        this.stand();
      }
      deposed();
    });
  }
}
