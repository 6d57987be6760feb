// The client as an application sees it, one for each tab and person: listening to rooms, calling, sending what must not get
// lost, and how the connection is. Behind it one tab of the browser has the socket.

import type { Json } from '../contract/frames';
import { Asks } from './asks';
import { json, msgpack, type Outgoing } from './codec';
import { judge, type Cursor } from './cursor';
import { openDatabase } from './database';
import { answerOf, type Answer } from './entry';
import { Lead } from './lead';
import { Outbox, type Letter, type Sent } from './outbox';
import { NOBODY, type Post, type Standing } from './posts';
import { Refusal } from './refusal';
import type { Shelf } from './shelf';
import { same, type Status } from './status';
import { Stream, type Listener } from './stream';
import type { Cancel, Clock, Surroundings } from './surroundings';
import { Tab } from './tab';
import type { Tokens } from './tokens';

export interface Options {
  /** The socket's address, `wss://host/ws/`. */
  url: string;
  /** Who is signed in. */
  user: string;
  tokens: Tokens;
  /** Frames as readable text, for debugging. */
  readable?: boolean;
  /** The rule by which events are told apart. */
  judge?: typeof judge;
  /** The shelf that all tabs share, where it is not to be a database of the browser. */
  shelf?: () => Promise<Shelf>;
}

export interface Listening {
  leave: () => void;
  /** Where it stands: to be handed to `listen` later. */
  place: () => Cursor | null;
}

/** A change of what tabs say to each other changes this name, so that pages of two versions do not mix. */
const NAME = 'ecosystia:1';

export class Realtime {
  readonly outbox: Outbox;
  readonly user: string;
  readonly clock: Clock;
  private readonly tab: Tab;
  private readonly asks: Asks;
  private readonly streams = new Set<Stream>();
  private readonly disk: Promise<Shelf | null>;
  private readonly watchers = new Set<(status: Status) => void>();
  private readonly offs: Cancel[] = [];
  private standing: Standing = NOBODY;
  private lead: Lead | null = null;

  constructor(
    private readonly around: Surroundings,
    private readonly options: Options,
  ) {
    const { clock, page } = around;
    this.clock = clock;
    this.user = options.user;
    const fault = (error: unknown) => around.report(error);
    this.disk = this.openShelf();
    this.tab = new Tab(around, `${NAME}:${options.user}`, {
      lead: (term) => this.begin(term),
      unlead: () => this.end(),
      stands: (standing, leader, fresh) => this.stands(standing, leader, fresh),
      hear: (post) => this.hear(post),
      seen: (visible) => this.lead?.hub.seen(visible),
    });
    const { tab } = this;
    this.asks = new Asks(clock, (request) => this.post(request));
    this.outbox = new Outbox({
      clock,
      disk: this.disk,
      newId: () => around.newId(),
      hand: (entry) => tab.post({ say: 'entry', entry }),
      forget: (key) => tab.post({ say: 'forget', key }),
      fault,
    });
    this.offs.push(options.tokens.onRenewed((token) => tab.post({ say: 'token', token })));
    this.offs.push(
      page.on((moment) => {
        if (moment === 'online' || moment === 'visible' || moment === 'resumed') tab.post({ say: 'nudge' });
        if (moment === 'offline') this.lead?.hub.connection.nudge();
        tab.moment(moment);
        if (moment === 'resumed') this.resumed();
      }),
    );
  }

  start(): this {
    this.tab.begin();
    return this;
  }

  /** Ends everything. What waits in the outbox waits there. */
  stop(): void {
    this.offs.forEach((off) => off());
    this.tab.pause();
    this.streams.forEach((stream) => stream.end());
    this.streams.clear();
    void this.disk.then((shelf) => shelf?.close());
  }

  /** Tells what a room tells, from here on or from a place that was heard before. */
  listen(room: string, listener: Listener, from: Cursor | null = null): Listening {
    const stream = new Stream(room, from, listener, {
      clock: this.clock,
      chance: () => this.around.chance(),
      judge: this.options.judge ?? judge,
      ask: (request, answered) => this.asks.ask(request, answered),
      fault: (error) => this.around.report(error),
    });
    this.streams.add(stream);
    if (this.standing.line !== null) stream.up();
    return { leave: () => this.leave(stream), place: () => stream.place };
  }

  /** Carries an operation out now. It is not repeated: `send` is for what must arrive. */
  async call(name: string, d: Json, more: { idem?: string; ifMatch?: string } = {}): Promise<Answer> {
    const { idem, ifMatch } = more;
    const request = {
      op: 'call',
      name,
      d,
      ...(idem !== undefined && { idem }),
      ...(ifMatch !== undefined && { if_match: ifMatch }),
    };
    const answer = answerOf(await this.asks.patient(request));
    if (answer instanceof Refusal) throw answer;
    return answer;
  }

  /** Sends something that must arrive once, however often the connection or the page ends before. */
  send(letter: Letter): Sent {
    return this.outbox.send(letter);
  }

  /** Says something momentary; it may be lost. */
  whisper(room: string, kind: string, d: Json = {}): void {
    this.post({ op: 'whisper', room, d: { ...d, kind } });
  }

  /** Watches how these people are, and no others. What changes is told in the rooms `presence:{id}`. */
  async watch(userIds: string[]): Promise<Json> {
    return (await this.asks.patient({ op: 'presence.watch', d: { user_ids: userIds } })).d;
  }

  status(): Status {
    return this.standing.status;
  }

  onStatus(watcher: (status: Status) => void): Cancel {
    this.watchers.add(watcher);
    return () => this.watchers.delete(watcher);
  }

  /** A person asks for another attempt. */
  retry(): void {
    this.tab.post({ say: 'nudge' });
  }

  /** A new UUID, for operations that want one. */
  newId(): string {
    return this.around.newId();
  }

  /** The server's clock, which is the one that counts. */
  serverNow(): number {
    return this.around.clock.now() + this.standing.offsetMs;
  }

  private leave(stream: Stream): void {
    if (!this.streams.delete(stream) || stream.isOver) return;
    stream.end();
    const others = [...this.streams].some(({ room }) => room === stream.room);
    if (!others) this.post({ op: 'leave', room: stream.room });
  }

  /** Some browsers drop what was said to a page while it was frozen. */
  private resumed(): void {
    void this.outbox.handOver();
    if (this.standing.line !== null) for (const stream of [...this.streams]) stream.up();
  }

  /** To the server, if there is a way at the moment. */
  private post(request: Outgoing): void {
    const { line } = this.standing;
    if (line !== null) this.tab.post({ say: 'ask', line, tab: this.tab.id, request });
  }

  private hear(post: Post): void {
    switch (post.say) {
      case 'frame':
        if (post.line !== this.standing.line) return;
        if (post.tab === this.tab.id) this.asks.heard(post.frame);
        else if (post.tab === null)
          for (const stream of [...this.streams]) if (stream.room === post.frame.room) stream.heard(post.frame);
        return;
      case 'receipt':
        return this.outbox.heard(post.receipt);
      case 'token':
        return this.options.tokens.accept(post.token);
      default:
        return this.lead?.hear(post);
    }
  }

  private stands(standing: Standing, leader: string | null, fresh: boolean): void {
    const before = this.standing;
    this.standing = standing;
    if (before.line !== standing.line) {
      this.asks.interrupt();
      for (const stream of [...this.streams]) stream.down();
      if (standing.line !== null) {
        this.asks.connected();
        for (const stream of [...this.streams]) stream.up();
      }
    }
    if (fresh && leader !== null) void this.outbox.handOver();
    if (!same(before.status, standing.status)) this.watchers.forEach((watcher) => watcher(standing.status));
  }

  private begin(term: string): void {
    const { tokens, url, user, readable } = this.options;
    const parts = { tokens, url, user, codec: readable === true ? json : msgpack };
    this.lead = new Lead(this.tab.id, term, this.around, parts, this.disk, (post) => this.tab.post(post));
    this.lead.begin();
  }

  private end(): void {
    const { lead } = this;
    this.lead = null;
    lead?.end();
  }

  private async openShelf(): Promise<Shelf | null> {
    const { clock, storage, report } = this.around;
    try {
      if (this.options.shelf !== undefined) return await this.options.shelf();
      return storage === null ? null : await openDatabase(storage, clock, `${NAME}:${this.options.user}`);
    } catch (error) {
      report(error);
      return null;
    }
  }
}
