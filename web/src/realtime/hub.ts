// The leader's part: between one socket and many tabs. What a tab asks goes to the server under a reference of the hub's
// own, the answer to that tab alone; what rooms tell goes to all, each of which knows what it has heard. It keeps no events.

import { Connection, type Parts } from './connection';
import type { Incoming, Outgoing } from './codec';
import { Pace } from './pace';
import type { Post, Standing } from './posts';
import { Roster } from './roster';
import type { Surroundings } from './surroundings';

/** Where an answer goes. */
type Asker =
  { tab: string; ref: string | undefined; op: string; room: string | undefined } | { own: (frame: Incoming) => void };

export interface Courier {
  /** Connected: what waits may be sent. */
  up(): void;
  down(): void;
}

/** Frames of the connection itself, which are no tab's business. */
const RESERVED = ['auth', 'refresh', 'ping'];

export class Hub {
  readonly connection: Connection;
  private readonly asked = new Map<string, Asker>();
  private readonly roster = new Roster();
  private readonly watching = new Map<string, AbortController>();
  private readonly pace: Pace<Outgoing>;
  private line: string | null = null;
  private lines = 0;
  private references = 0;
  private hiddenAt: number | null;
  private over = false;
  private courier: Courier | null = null;

  constructor(
    private readonly id: string,
    /** Names this hub: the tab may lead again later, with another. */
    private readonly term: string,
    private readonly around: Surroundings,
    parts: Pick<Parts, 'tokens' | 'codec' | 'url' | 'user'>,
    private readonly post: (post: Post) => void,
  ) {
    this.hiddenAt = around.page.isVisible() ? null : around.clock.now();
    this.pace = new Pace(around.clock, (request) => {
      if (!this.connection.say(request) && request.ref !== undefined) this.fail(request.ref);
    });
    const { clock, chance, open, page } = around;
    this.connection = new Connection(
      { ...parts, clock, open, page, chance },
      {
        up: () => this.up(),
        down: () => this.down(),
        heard: (frame) => this.heard(frame),
        changed: () => this.tell(false),
      },
    );
  }

  begin(courier: Courier): void {
    this.courier = courier;
    this.tell(true);
    this.connection.start();
  }

  /** Somebody else leads, or the page goes. */
  end(): void {
    this.over = true;
    this.connection.close();
    this.watching.forEach((watch) => watch.abort());
    this.watching.clear();
  }

  standing(): Standing {
    const { connection } = this;
    const offsetMs = connection.serverNow() - this.around.clock.now();
    return { status: connection.status(), line: this.line, offsetMs };
  }

  tell(claims: boolean): void {
    if (this.over) return;
    const hiddenMs = this.hiddenAt === null ? 0 : Math.max(0, this.around.clock.now() - this.hiddenAt);
    this.post({ say: 'standing', leader: this.term, standing: this.standing(), claims, hiddenMs });
  }

  seen(visible: boolean): void {
    this.hiddenAt = visible ? null : this.around.clock.now();
  }

  /** A tab's question. One over another connection than this is answered by its end, which the tab hears of. */
  ask({ line, tab, request }: Extract<Post, { say: 'ask' }>): void {
    if (this.over || line !== this.line) return;
    this.attend(tab);
    const { op, room, ref } = request;
    const answer = (frame: Pick<Incoming, 't' | 'd'>) =>
      ref === undefined
        ? undefined
        : this.post({ say: 'frame', line, tab, frame: { ...frame, ts: 0, ref, ...(room !== undefined && { room }) } });
    if (RESERVED.includes(op))
      return answer({ t: 'error', d: { code: 'protocol-error', detail: `${op} is the leader's`, status: 400 } });
    if (op === 'join' && room !== undefined) this.roster.join(room, tab);
    if (op === 'leave' && room !== undefined && !this.roster.leave(room, tab)) return answer({ t: 'reply', d: {} });
    const watched = request.d?.user_ids;
    const d =
      op === 'presence.watch' && Array.isArray(watched)
        ? { user_ids: this.roster.watch(tab, watched.map(String)) }
        : request.d;
    this.send({ ...request, ...(d !== undefined && { d }) }, { tab, ref, op, room });
  }

  /** The leader's own question, for what is sent in the name of all tabs. */
  own(request: Outgoing, answered: (frame: Incoming) => void): void {
    if (this.line === null) return;
    this.send(request, { own: answered });
  }

  /** A tab went. */
  gone(tab: string): void {
    this.watching.get(tab)?.abort();
    this.watching.delete(tab);
    for (const room of this.roster.gone(tab)) this.pace.take({ op: 'leave', room });
  }

  private send(request: Outgoing, asker: Asker): void {
    const ref = `h${++this.references}`;
    this.asked.set(ref, asker);
    if (!this.pace.take({ ...request, ref })) this.fail(ref);
  }

  /** It was not sent: the answer says so. */
  private fail(ref: string): void {
    const d = { code: 'overloaded', detail: 'too much waits to be sent', status: 503 };
    this.answered(ref, { t: 'error', ts: 0, d, ref });
  }

  private heard(frame: Incoming): void {
    if (frame.t === 'reply' || frame.t === 'error') {
      if (frame.ref !== undefined) this.answered(frame.ref, frame);
      return;
    }
    if (this.line !== null) this.post({ say: 'frame', line: this.line, tab: null, frame });
  }

  private answered(ref: string, frame: Incoming): void {
    const asker = this.asked.get(ref);
    if (asker === undefined || this.line === null) return;
    this.asked.delete(ref);
    if ('own' in asker) return asker.own(frame);
    if (frame.t === 'error' && asker.op === 'join' && asker.room !== undefined)
      this.roster.leave(asker.room, asker.tab);
    if (asker.ref === undefined) return;
    this.post({ say: 'frame', line: this.line, tab: asker.tab, frame: { ...frame, ref: asker.ref } });
  }

  private up(): void {
    this.line = `${this.term}/${++this.lines}`;
    this.pace.reset();
    this.roster.clear();
    this.tell(false);
    this.courier?.up();
  }

  private down(): void {
    this.line = null;
    this.asked.clear();
    this.courier?.down();
  }

  /** Notices when a tab goes without a word: it holds a lock of its name for as long as it lives. */
  private attend(tab: string): void {
    const { locks } = this.around;
    if (tab === this.id || locks === null || this.watching.has(tab)) return;
    const watch = new AbortController();
    this.watching.set(tab, watch);
    const free = () => {
      this.gone(tab);
      return Promise.resolve();
    };
    locks.request(lockOf(tab), { signal: watch.signal }, free).catch((error: unknown) => {
      if (!watch.signal.aborted) this.around.report(error);
    });
  }
}

/** The lock that a tab holds while it lives. */
export function lockOf(tab: string): string {
  return `ecosystia:tab:${tab}`;
}
