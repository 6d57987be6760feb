// A server for tests, as the protocol describes it, with the faults that the protocol allows and some that it does not:
// events that are lost, come twice or in another order. Its log and its memory of commands outlast a restart.

import { decode, encode } from '@msgpack/msgpack';
import type { Json } from '../../src/contract/frames';
import type { Incoming, Outgoing } from '../../src/realtime/codec';
import type { Ears, Wire } from '../../src/realtime/surroundings';
import type { Browser } from './browser';
import { CALM } from './faults';
import type { Time } from './time';

interface Room {
  epoch: number;
  log: { text: string; d?: Json }[];
  /** Events up to here are not kept. */
  trimmed: number;
  /** How often somebody was told to load anew. */
  resyncs: number;
}

interface Session {
  ears: Ears;
  browser: Browser;
  user: string | null;
  expiresAt: number;
  rooms: Set<string>;
  heardAt: number;
  /** Nothing is delivered before this: frames of one connection keep their order. */
  busyUntil: number;
  isOpen: boolean;
}

const HEARTBEAT_MS = 25_000;

export class Server {
  faults = CALM;
  isUp = true;
  tokenLifeMs = 900_000;
  readonly rooms = new Map<string, Room>();
  readonly sessions = new Set<Session>();
  private readonly commands = new Map<string, Incoming['d']>();
  private readonly tokens = new Map<string, { user: string; expiresAt: number }>();
  issuedTokens = 0;
  /** Whose tokens are given out. */
  user = 'awa';
  /** What a join is greeted with, by room, and what calls answer, by name. */
  readonly greetings = new Map<string, Json>();
  readonly answers = new Map<string, (d: Json) => Json>();
  /** Calls that are refused for good, by name. */
  readonly refusals = new Set<string>();
  refusal = { code: 'validation', status: 422 };
  /** Calls that were answered from memory. */
  replays = 0;
  readonly received: Outgoing[] = [];

  constructor(
    private readonly time: Time,
    private readonly chance: () => number,
  ) {}

  room(name: string): Room {
    const room = this.rooms.get(name) ?? { epoch: 1, log: [], trimmed: 0, resyncs: 0 };
    this.rooms.set(name, room);
    return room;
  }

  token(): { text: string; lifeMs: number } {
    const { user } = this;
    const text = `${user}#${++this.issuedTokens}`;
    this.tokens.set(text, { user, expiresAt: this.time.now + this.tokenLifeMs });
    return { text, lifeMs: this.tokenLifeMs };
  }

  connect(protocols: string[], browser: Browser, ears: Ears): Wire {
    const session: Session = {
      ears,
      browser,
      user: null,
      expiresAt: Infinity,
      rooms: new Set(),
      heardAt: this.time.now,
      busyUntil: 0,
      isOpen: false,
    };
    const reachable = () => browser.isOnline && !browser.isCut;
    this.time.after(5, () => {
      if (!this.isUp || !browser.isOnline || protocols[0] !== 'ecosystia.v1.msgpack') return ears.closed(1006);
      if (browser.isCut) return;
      session.isOpen = true;
      this.sessions.add(session);
      ears.opened();
    });
    return {
      send: (data) => {
        const request = decode(data as Uint8Array) as Outgoing;
        this.time.after(5, () => session.isOpen && reachable() && this.hear(session, request));
      },
      close: () => this.sessions.delete(session) && (session.isOpen = false),
    };
  }

  end(session: Session, code: number): void {
    if (!this.sessions.delete(session)) return;
    session.isOpen = false;
    const { ears, browser } = session;
    this.time.after(2, () => browser.isCut || ears.closed(code));
  }

  endAll(code: number): void {
    for (const session of [...this.sessions]) this.end(session, code);
  }

  /** Gone at once, with everything that was under way, and back after a while. */
  restart(downMs: number): void {
    this.isUp = false;
    this.endAll(1006);
    this.time.after(downMs, () => (this.isUp = true));
  }

  drain(afterMs: number): void {
    for (const session of this.sessions) this.send(session, { t: 'goaway', d: { after_ms: afterMs } });
    this.time.after(200, () => {
      this.isUp = false;
      this.endAll(4010);
    });
    this.time.after(200 + afterMs / 2, () => (this.isUp = true));
  }

  /** Somebody says something. */
  post(name: string, text: string, d?: Json): number {
    const room = this.room(name);
    room.log.push({ text, ...(d && { d }) });
    for (const session of this.sessions) if (session.rooms.has(name)) this.tell(session, name, room.log.length);
    return room.log.length;
  }

  whisper(name: string, d: Json): void {
    for (const session of this.sessions)
      if (session.rooms.has(name)) this.send(session, { t: 'ephemeral', room: name, d });
  }

  private hear(session: Session, request: Outgoing): void {
    this.received.push(request);
    const silent = this.time.now - session.heardAt > 65_000;
    session.heardAt = this.time.now;
    if (silent) return this.end(session, 4000);
    if (session.user === null) return this.enter(session, request);
    if (this.time.now > session.expiresAt) return this.end(session, 4001);
    const { op, ref, room } = request;
    switch (op) {
      case 'ping':
        return this.send(session, { t: 'pong', ...(ref && { ref }), d: { server_time: this.time.now } });
      case 'refresh': {
        const known = this.tokens.get(String(request.d?.token));
        if (known?.user !== session.user) return this.refuse(session, request, 'token-expired', 401);
        session.expiresAt = known.expiresAt;
        return this.send(session, { t: 'reply', ...(ref && { ref }), d: { user_id: known.user } });
      }
      case 'join':
        return this.join(session, request);
      case 'leave':
        session.rooms.delete(String(room));
        return this.send(session, { t: 'reply', ...(ref && { ref }), d: {} });
      case 'whisper':
        return;
      case 'call':
        return this.call(session, request);
      default:
        return this.refuse(session, request, 'unknown-operation', 404);
    }
  }

  private enter(session: Session, { op, ref, d }: Outgoing): void {
    const known = this.tokens.get(String(d?.token));
    if (op !== 'auth' || known === undefined || known.expiresAt < this.time.now) return this.end(session, 4001);
    session.user = known.user;
    session.expiresAt = known.expiresAt;
    this.send(session, { t: 'reply', ...(ref && { ref }), d: { user_id: known.user } });
    const hello = { user_id: known.user, server_time: this.time.now, heartbeat_ms: HEARTBEAT_MS };
    this.send(session, { t: 'hello', d: hello });
  }

  private join(session: Session, { ref, room: name = '', d }: Outgoing): void {
    const room = this.room(name);
    const head = room.log.length;
    const epoch = `e${room.epoch}`;
    const after = d?.after_seq as number | undefined;
    const otherLife = d?.epoch !== undefined && d.epoch !== epoch;
    const reason = otherLife ? 'epoch' : after !== undefined && after > head ? 'ahead' : 'trimmed';
    const lost = after !== undefined && (otherLife || after > head || after < room.trimmed);
    const start = after === undefined || lost ? head : after;
    session.rooms.add(name);
    const greeting = after === undefined ? this.greetings.get(name) : undefined;
    const answer = { epoch, seq: head, presence: null, missed: head - start, ...greeting };
    this.send(session, { t: 'reply', ...(ref && { ref }), room: name, d: answer });
    if (lost) {
      room.resyncs += 1;
      this.send(session, { t: 'resync', room: name, d: { reason, seq: head } });
    }
    for (let seq = start + 1; seq <= head; seq += 1) this.tell(session, name, seq);
  }

  private call(session: Session, request: Outgoing): void {
    const { ref, idem, d } = request;
    const before = idem === undefined ? undefined : this.commands.get(idem);
    const refused = before === undefined && this.chance() < this.faults.refuse;
    const kind = Math.floor(this.chance() * 4);
    if (refused && kind === 0) return this.refuse(session, request, 'overloaded', 503);
    if (refused && kind === 1) return this.refuse(session, request, 'rate-limited', 429, { retry_after: 2 });
    if (this.refusals.has(String(request.name)))
      return this.refuse(session, request, this.refusal.code, this.refusal.status);
    if (before !== undefined) this.replays += 1;
    const known = this.answers.get(String(request.name));
    const body = before ?? known?.(d ?? {}) ?? { seq: this.post(String(d?.room), String(d?.text)), text: d?.text };
    if (idem !== undefined) this.commands.set(idem, body);
    // It was done, and whoever asked can't know.
    if (refused && kind === 2) return this.refuse(session, request, 'outcome-unknown', 503);
    if (refused) return this.end(session, 1011);
    this.send(session, { t: 'reply', ...(ref && { ref }), d: { status: 201, body } });
  }

  private refuse(session: Session, { ref }: Outgoing, code: string, status: number, more: object = {}): void {
    this.send(session, { t: 'error', ...(ref && { ref }), d: { code, status, detail: code, ...more } });
  }

  private tell(session: Session, name: string, seq: number): void {
    const entry = this.room(name).log[seq - 1];
    const d = entry?.d ?? { name: 'test.said', data: { ...entry } };
    const frame = { t: 'event' as const, room: name, seq, d };
    const { drop, repeat, swap } = this.faults;
    if (this.chance() < drop) return;
    const late = this.chance() < swap ? 30 : 0;
    this.send(session, frame, late);
    if (this.chance() < repeat) this.send(session, frame, this.chance() * 100);
  }

  private send(session: Session, frame: Omit<Incoming, 'ts'>, lateMs = 0): void {
    const data = encode({ ...frame, ts: this.time.now });
    const at = Math.max(this.time.now + 5, session.busyUntil);
    if (lateMs === 0) session.busyUntil = at;
    this.time.after(at - this.time.now + lateMs, () => {
      if (session.isOpen && !session.browser.isCut && session.browser.isOnline) session.ears.heard(data);
    });
  }
}
