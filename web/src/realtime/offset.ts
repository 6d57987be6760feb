// How far this machine's clock is from the server's: by the last time that the server told.

import type { Clock } from './surroundings';

/** Less is the way that frames take, and no news. */
const NEWS_MS = 1_000;

export class Offset {
  private ms = 0;

  constructor(private readonly clock: Clock) {}

  /** True when it is news. */
  heard(time: unknown): boolean {
    if (typeof time !== 'number') return false;
    const before = this.ms;
    this.ms = time - this.clock.now();
    return Math.abs(before - this.ms) > NEWS_MS;
  }

  serverNow(): number {
    return this.clock.now() + this.ms;
  }
}
