// What goes to the server goes no faster than it is taken: a bucket that fills with time. What is too much for the moment
// waits here in its order, up to a bound.

import type { Cancel, Clock } from './surroundings';

/** A little less than the server allows (30 a second, 60 at once): heartbeats and renewals count there, too. */
const PER_SECOND = 24;
const BURST = 48;
/** As many as a person with a hundred rooms in two tabs asks for after a reconnection. */
export const WAITING_MAX = 256;

export class Pace<T> {
  private credit = BURST;
  private filledAt: number;
  private waiting: T[] = [];
  private alarm: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly go: (thing: T) => void,
  ) {
    this.filledAt = clock.now();
  }

  /** False when too many wait already. */
  take(thing: T): boolean {
    if (this.waiting.length >= WAITING_MAX) return false;
    this.waiting.push(thing);
    this.work();
    return true;
  }

  /** Forgets what waits, and begins with a full bucket: for a new connection. */
  reset(): void {
    this.waiting = [];
    this.alarm?.();
    this.alarm = null;
    this.credit = BURST;
    this.filledAt = this.clock.now();
  }

  private work(): void {
    const now = this.clock.now();
    const elapsed = Math.max(0, now - this.filledAt);
    this.filledAt = now;
    this.credit = Math.min(BURST, this.credit + (elapsed * PER_SECOND) / 1000);
    while (this.credit >= 1) {
      const thing = this.waiting.shift();
      if (thing === undefined) return;
      this.credit -= 1;
      this.go(thing);
    }
    this.alarm ??= this.clock.after(1000 / PER_SECOND, () => {
      this.alarm = null;
      this.work();
    });
  }
}
