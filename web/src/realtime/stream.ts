// One listener in one room: what it is told, in order, each event once. It joins on every new connection from where it
// stands, joins again when it sees a hole, and says so when the server can't tell what was missed. It keeps a cursor and
// no events.

import type { Json } from '../contract/frames';
import type { Answered } from './asks';
import { wait } from './backoff';
import type { Incoming, Outgoing } from './codec';
import type { Cursor, judge } from './cursor';
import { advice, Refusal } from './refusal';
import type { Cancel, Clock } from './surroundings';

/** What a listener is told. */
export type Told =
  /** It listens from here on. `again` after an interruption; what was missed follows. `greeting` is the whole reply. */
  | { is: 'joined'; epoch: string; seq: number; missed: number; again: boolean; greeting: Json }
  | { is: 'event'; seq: number; ts: number; d: Json }
  /** Typing, presence: may be lost, has no number. */
  | { is: 'ephemeral'; ts: number; d: Json }
  /** Events up to `seq` can't be told any more: load what they changed, and go on. */
  | { is: 'resync'; reason: string; seq: number }
  /** The connection is gone for now; it comes back by itself. */
  | { is: 'interrupted' }
  /** The end: the room may not, or no longer, be heard. */
  | { is: 'ended'; refusal: Refusal };

export type Listener = (told: Told) => void;

export interface Means {
  clock: Clock;
  chance: () => number;
  judge: typeof judge;
  ask(request: Outgoing, answered: Answered): void;
  fault(error: unknown): void;
}

/** A read-back that does not move on for so long has lost something on its way. */
const STALLED_MS = 10_000;

type Phase = 'down' | 'joining' | 'joined' | 'ended';

export class Stream {
  private phase: Phase = 'down';
  /** On this connection the room was joined, so its numbers belong to the cursor's epoch. */
  private level = false;
  private head = 0;
  private attempts = 0;
  private greeted = false;
  private alarm: Cancel | null = null;
  /** Counts connections and joins, so that a late answer to an earlier one is not taken for this one's. */
  private turn = 0;

  constructor(
    readonly room: string,
    private cursor: Cursor | null,
    private readonly listener: Listener,
    private readonly means: Means,
  ) {}

  up(): void {
    if (this.phase !== 'ended') this.join();
  }

  down(): void {
    if (this.phase === 'ended' || this.phase === 'down') return;
    this.rest('down');
    this.level = false;
    this.tell({ is: 'interrupted' });
  }

  /** The listener does not want to hear any more. */
  end(): void {
    this.rest('ended');
  }

  get isOver(): boolean {
    return this.phase === 'ended';
  }

  /** Where it stands, for whoever wants to go on from here later. */
  get place(): Cursor | null {
    return this.cursor;
  }

  heard(frame: Incoming): void {
    if (!this.level || this.phase === 'ended') return;
    const { t, seq, ts, d } = frame;
    if (t === 'ephemeral') this.tell({ is: 'ephemeral', ts, d });
    else if (t === 'event' && seq !== undefined) this.event(seq, ts, d);
    else if (t === 'resync') this.resync(typeof d.reason === 'string' ? d.reason : 'unknown', Number(d.seq));
    else if (t === 'revoked') this.finish(new Refusal('forbidden', 'the room may no longer be heard', 403));
  }

  private event(seq: number, ts: number, d: Json): void {
    const cursor = this.cursor ?? { epoch: null, seq: 0 };
    switch (this.means.judge(cursor.seq, seq)) {
      case 'repeat':
        return;
      case 'gap':
        // One question at a time; its answer brings all that is missing.
        if (this.phase === 'joined') this.join();
        return;
      case 'next':
        this.cursor = { ...cursor, seq };
        if (this.phase === 'joined') this.watch();
        this.tell({ is: 'event', seq, ts, d });
    }
  }

  /** Told to everybody in the room, because of anybody who can't be told what they missed. */
  private resync(reason: string, seq: number): void {
    if (this.cursor === null || !Number.isSafeInteger(seq) || seq <= this.cursor.seq) return;
    this.cursor = { ...this.cursor, seq };
    this.tell({ is: 'resync', reason, seq });
  }

  private join(): void {
    this.rest('joining');
    const { turn, cursor } = this;
    const d =
      cursor === null ? undefined : { after_seq: cursor.seq, ...(cursor.epoch !== null && { epoch: cursor.epoch }) };
    this.means.ask({ op: 'join', room: this.room, ...(d && { d }) }, (outcome) => {
      if (turn !== this.turn) return;
      if (outcome instanceof Refusal) this.refused(outcome);
      else this.joined(outcome, cursor);
    });
  }

  private joined({ d }: Incoming, from: Cursor | null): void {
    const { epoch, seq, missed } = d;
    if (typeof epoch !== 'string' || typeof seq !== 'number') {
      return this.refused(new Refusal('internal', 'the answer to a join is not understood', 500));
    }
    this.phase = 'joined';
    this.attempts = 0;
    this.head = seq;
    const otherLife = from !== null && from.epoch !== null && from.epoch !== epoch;
    const lost = from !== null && (otherLife || seq < from.seq);
    this.cursor = { epoch, seq: from === null || lost ? seq : (this.cursor?.seq ?? from.seq) };
    const again = this.greeted;
    this.greeted = this.level = true;
    this.watch();
    const told = lost ? 0 : Number(missed) || 0;
    this.tell({ is: 'joined', epoch, seq: this.cursor.seq, missed: told, again, greeting: d });
    // The server says the same in a frame of its own, which finds us there already.
    if (lost) this.tell({ is: 'resync', reason: otherLife ? 'epoch' : 'ahead', seq });
  }

  private refused(refusal: Refusal): void {
    const what = advice(refusal);
    if (what === 'final') return this.finish(refusal);
    this.rest('joining');
    const ms = wait(this.attempts, this.means.chance) + (refusal.retryAfterMs ?? 0);
    this.attempts += 1;
    this.alarm = this.means.clock.after(ms, () => this.join());
  }

  private finish(refusal: Refusal): void {
    this.rest('ended');
    this.tell({ is: 'ended', refusal });
  }

  /** While it is behind, it expects to move on. */
  private watch(): void {
    this.alarm?.();
    this.alarm = null;
    if (this.head <= (this.cursor?.seq ?? 0)) return;
    this.alarm = this.means.clock.after(STALLED_MS, () => this.join());
  }

  private rest(phase: Phase): void {
    this.alarm?.();
    this.alarm = null;
    this.turn += 1;
    this.phase = phase;
  }

  private tell(told: Told): void {
    try {
      this.listener(told);
    } catch (error) {
      // A listener that fails must not keep the others from hearing.
      this.means.fault(error);
    }
  }
}
