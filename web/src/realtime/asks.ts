// What this tab has asked and not been told yet. Each question is answered once: by the server, by a limit of time, or by
// the end of the connection it went over.

import type { Incoming, Outgoing } from './codec';
import { Refusal } from './refusal';
import type { Cancel, Clock } from './surroundings';

export type Answered = (outcome: Incoming | Refusal) => void;

/** Longer than a server takes that is still working on it. */
const LIMIT_MS = 20_000;
/** How long a call waits for a connection. */
const PATIENCE_MS = 10_000;
/** Somebody who asks for more at a time is asking in a loop. */
export const OPEN_MAX = 512;

export class Asks {
  private readonly open = new Map<string, { answered: Answered; limit: Cancel }>();
  private readonly waiting = new Set<() => void>();
  private references = 0;
  private isUp = false;

  constructor(
    private readonly clock: Clock,
    private readonly post: (request: Outgoing) => void,
  ) {}

  ask(request: Outgoing, answered: Answered): void {
    if (this.open.size >= OPEN_MAX) return answered(new Refusal('overloaded', 'too much was asked at a time'));
    const ref = `t${++this.references}`;
    const late = () => this.settle(ref, new Refusal('timeout', 'no answer came; it may have been done'));
    this.open.set(ref, { answered, limit: this.clock.after(LIMIT_MS, late) });
    this.post({ ...request, ref });
  }

  /** The same for those who would rather wait for a connection than be refused. */
  async patient(request: Outgoing): Promise<Incoming> {
    if (!this.isUp) await this.connection();
    const outcome = await new Promise<Incoming | Refusal>((resolve) => this.ask(request, resolve));
    if (outcome instanceof Refusal) throw outcome;
    return outcome;
  }

  connected(): void {
    this.isUp = true;
    this.waiting.forEach((up) => up());
    this.waiting.clear();
  }

  heard(frame: Incoming): void {
    if (frame.ref !== undefined) this.settle(frame.ref, frame.t === 'error' ? Refusal.of(frame.d) : frame);
  }

  /** The connection ended. */
  interrupt(): void {
    this.isUp = false;
    const refusal = new Refusal('interrupted', 'the connection ended before the answer; it may have been done');
    for (const ref of [...this.open.keys()]) this.settle(ref, refusal);
  }

  private connection(): Promise<void> {
    return new Promise((resolve, reject) => {
      const up = (): void => {
        limit();
        resolve();
      };
      const limit = this.clock.after(PATIENCE_MS, () => {
        this.waiting.delete(up);
        reject(new Refusal('offline', 'there is no connection'));
      });
      this.waiting.add(up);
    });
  }

  private settle(ref: string, outcome: Incoming | Refusal): void {
    const waiting = this.open.get(ref);
    if (waiting === undefined) return;
    this.open.delete(ref);
    waiting.limit();
    waiting.answered(outcome);
  }
}
