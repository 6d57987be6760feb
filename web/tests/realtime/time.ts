// Time that a test holds: it moves when it is told to, and everything that is due happens in its order.

import type { Cancel } from '../../src/realtime/surroundings';

interface Alarm {
  at: number;
  act: () => void;
}

export class Time {
  /** Some afternoon. */
  now = 1_750_000_000_000;
  private alarms: Alarm[] = [];

  after(ms: number, act: () => void): Cancel {
    const alarm = { at: this.now + Math.max(0, ms), act };
    // Behind all that are due no later: alarms of one instant ring in the order in which they were set.
    const place = this.alarms.findLastIndex((other) => other.at <= alarm.at) + 1;
    this.alarms.splice(place, 0, alarm);
    return () => {
      this.alarms = this.alarms.filter((other) => other !== alarm);
    };
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    const until = this.now + ms;
    await settled();
    for (;;) {
      const next = this.alarms[0];
      if (next === undefined || next.at > until) break;
      this.alarms.shift();
      this.now = Math.max(this.now, next.at);
      next.act();
      await settled();
    }
    this.now = until;
  }
}

/** Until no promise has anything to do. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** Chance that repeats itself, from a seed (mulberry32). */
export function seeded(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = state;
    t = Math.imul(t ^ (t >>> 15), t | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}
