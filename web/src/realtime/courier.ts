// Sends what waits in the outbox, in the leader: each lane in its order, one entry at a time, the next after the receipt of
// the one before. An entry is sent again under its key until the server has said what became of it. The entry is marked as
// tried before it goes, so that nobody repeats it after the server has forgotten its key.

import { wait } from './backoff';
import type { Incoming, Outgoing } from './codec';
import { answerOf, byOrder, plain, REPEAT_MS, type Answer, type Entry, type Receipt } from './entry';
import { advice, Refusal } from './refusal';
import type { Shelf } from './shelf';
import type { Cancel, Clock } from './surroundings';

export interface Route {
  clock: Clock;
  chance: () => number;
  shelf: Shelf;
  send(request: Outgoing, answered: (frame: Incoming) => void): void;
  /** The server wants a fresher token. */
  renew(): void;
  tell(receipt: Receipt): void;
  fault(error: unknown): void;
}

interface Lane {
  entries: Entry[];
  /** An entry is under way, or its lane is waiting. */
  busy: boolean;
  attempts: number;
  alarm: Cancel | null;
}

/** A fault of the server that stays is given up after so many attempts, so that one entry can't block its lane for ever. */
const MAYBE_MAX = 6;
/** A receipt that does not come on a connection that lives is asked for again. */
const ANSWER_MS = 30_000;
const FINISHED_MAX = 1_000;

export class Courier {
  private readonly lanes = new Map<string, Lane>();
  private readonly finished = new Set<string>();
  /** Counts connections: what was asked over a former one is not answered any more. */
  private line = 0;
  private isUp = false;
  private loading: Promise<void> | null = null;

  constructor(private readonly route: Route) {}

  up(): void {
    this.line += 1;
    this.isUp = true;
    for (const lane of this.lanes.values()) free(lane);
    void this.load();
  }

  down(): void {
    this.line += 1;
    this.isUp = false;
    for (const lane of this.lanes.values()) free(lane);
  }

  /** Somebody put an entry on the shelf, or holds it in memory and can't. */
  add(entry: Entry): void {
    if (entry.refused === undefined) this.finished.delete(entry.key);
    this.sort(entry);
    if (this.loading === null) this.work(entry.lane);
  }

  /** A person does not want it sent any more. What is under way can't be called back. */
  forget(key: string): void {
    for (const lane of this.lanes.values()) {
      lane.entries = lane.entries.filter((entry) => entry.key !== key || (lane.busy && lane.entries[0] === entry));
    }
  }

  /** Reads what earlier pages left on the shelf; nothing is sent before that, or it might overtake. */
  load(): Promise<void> {
    this.loading ??= this.route.shelf
      .all()
      .then((entries) => entries.forEach((entry) => this.sort(entry)))
      .catch((error: unknown) => this.route.fault(error))
      .then(() => {
        this.loading = null;
        for (const name of this.lanes.keys()) this.work(name);
      });
    return this.loading;
  }

  private sort(given: Entry): void {
    // A copy: it will be marked, and the one given may be somebody else's.
    const entry = { ...given };
    if (entry.refused !== undefined || this.finished.has(entry.key)) return;
    const lane = this.lanes.get(entry.lane) ?? { entries: [], busy: false, attempts: 0, alarm: null };
    this.lanes.set(entry.lane, lane);
    if (lane.entries.some(({ key }) => key === entry.key)) return;
    // What is under way stays in front.
    const settled = lane.busy ? 1 : 0;
    lane.entries = [...lane.entries.slice(0, settled), ...[...lane.entries.slice(settled), entry].sort(byOrder)];
  }

  private work(name: string): void {
    const lane = this.lanes.get(name);
    const entry = lane?.entries[0];
    if (lane === undefined || !this.isUp || lane.busy) return;
    if (entry === undefined) return void this.lanes.delete(name);
    lane.busy = true;
    this.attempt(lane, entry).catch((error: unknown) => this.route.fault(error));
  }

  private async attempt(lane: Lane, entry: Entry): Promise<void> {
    const { clock, shelf } = this.route;
    const { line } = this;
    entry.triedAt ??= clock.now();
    if (clock.now() - entry.triedAt > REPEAT_MS) {
      this.settle(lane, entry, new Refusal('expired', 'it may have arrived long ago: look before you send it again'));
      return;
    }
    // A shelf that fails does not keep anybody from sending.
    if (lane.attempts === 0) await shelf.replace(entry).catch((error: unknown) => this.route.fault(error));
    if (line !== this.line) return;
    lane.alarm = clock.after(ANSWER_MS, () => line === this.line && this.again(lane, entry, 0));
    const { name, d, key, ifMatch } = entry;
    const request = { op: 'call', name, d, idem: key, ...(ifMatch !== undefined && { if_match: ifMatch }) };
    this.route.send(request, (frame) => {
      if (line !== this.line || lane.entries[0] !== entry) return;
      lane.alarm?.();
      lane.alarm = null;
      this.answered(lane, entry, frame);
    });
  }

  private answered(lane: Lane, entry: Entry, frame: Incoming): void {
    const answer = answerOf(frame);
    if (!(answer instanceof Refusal)) return this.settle(lane, entry, answer);
    const what = advice(answer);
    if (what === 'final' || (what === 'maybe' && lane.attempts >= MAYBE_MAX)) return this.settle(lane, entry, answer);
    if (what === 'renew') this.route.renew();
    this.again(lane, entry, answer.retryAfterMs ?? 0);
  }

  /** A shelf may still show an entry that was settled a moment ago. To send it again would be harmless, and useless. */
  private remember(key: string): void {
    this.finished.add(key);
    const [oldest] = this.finished;
    if (this.finished.size > FINISHED_MAX && oldest !== undefined) this.finished.delete(oldest);
  }

  private again(lane: Lane, entry: Entry, leastMs: number): void {
    const ms = leastMs + wait(lane.attempts, this.route.chance);
    lane.attempts += 1;
    lane.alarm?.();
    lane.alarm = this.route.clock.after(ms, () => {
      lane.alarm = null;
      lane.busy = false;
      this.work(entry.lane);
    });
  }

  private settle(lane: Lane, entry: Entry, outcome: Refusal | Answer): void {
    const { key } = entry;
    const { shelf } = this.route;
    const fault = (error: unknown) => this.route.fault(error);
    lane.entries = lane.entries.filter((other) => other !== entry);
    free(lane);
    this.remember(key);
    if (outcome instanceof Refusal) {
      const refused = plain(outcome);
      shelf.replace({ ...entry, refused }).catch(fault);
      this.route.tell({ key, refused });
    } else {
      shelf.remove(key).catch(fault);
      this.route.tell({ key, answer: outcome });
    }
    this.work(entry.lane);
  }
}

function free(lane: Lane): void {
  lane.alarm?.();
  lane.alarm = null;
  lane.busy = false;
  lane.attempts = 0;
}
