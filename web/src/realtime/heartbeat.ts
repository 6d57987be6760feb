// Whether the other end is still there. It says `ping` as often as the server asked for, gives up after a minute of
// silence, and sooner when there is reason for doubt: the network changed, the page or the machine slept. It owns no socket.

import type { Cancel, Clock } from './surroundings';

/** The protocol's bound of silence, for either side. */
export const SILENCE_MS = 60_000;
/** How long an answer may take when there is reason for doubt. A mobile network's worst round trip fits in. */
export const DOUBT_MS = 5_000;
/** A timer this late has slept: hidden pages are held back by up to a minute, and awake ones by much less. */
const LATE_MS = 10_000;

export class Heartbeat {
  private heardAt: number;
  private saidAt: number;
  private beat: Cancel | null = null;
  private doubt: Cancel | null = null;

  constructor(
    private readonly clock: Clock,
    private readonly everyMs: number,
    private readonly act: { ping(): void; silent(): void },
  ) {
    this.heardAt = this.saidAt = clock.now();
    this.plan();
  }

  /** Something came in. Even when timers are held back this is called, so a beat that is due is caught up here. */
  heard(): void {
    this.heardAt = this.clock.now();
    this.doubt?.();
    this.doubt = null;
    if (Math.abs(this.heardAt - this.saidAt) >= this.everyMs) this.ping();
  }

  /** Something may have happened to the connection: an answer is wanted soon. */
  check(): void {
    if (this.doubt !== null) return;
    this.doubt = this.clock.after(DOUBT_MS, () => {
      this.doubt = null;
      this.act.silent();
    });
    this.ping();
  }

  stop(): void {
    this.beat?.();
    this.doubt?.();
    this.beat = this.doubt = null;
  }

  private plan(): void {
    const due = this.clock.now() + this.everyMs;
    this.beat = this.clock.after(this.everyMs, () => {
      const now = this.clock.now();
      this.plan();
      // After a sleep the silence says nothing yet: what came meanwhile may still be on its way to us. A clock that was set
      // looks the same, in one direction or the other, and would count wrong from here on.
      if (Math.abs(now - due) > LATE_MS) {
        this.heardAt = now;
        this.check();
      } else if (now - this.heardAt >= SILENCE_MS) this.act.silent();
      else this.ping();
    });
  }

  private ping(): void {
    this.saidAt = this.clock.now();
    this.act.ping();
  }
}
