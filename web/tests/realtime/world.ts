// A small world: one server, one person's browser with its tabs, and what is true of it at any time. Whoever breaks a law
// is named by an error.

import { decode, encode } from '@msgpack/msgpack';
import { judge } from '../../src/realtime/cursor';
import { Realtime, type Listening, type Options } from '../../src/realtime/client';
import { Tokens } from '../../src/realtime/tokens';
import type { Shelf } from '../../src/realtime/shelf';
import type { Told } from '../../src/realtime/stream';
import type { Surroundings } from '../../src/realtime/surroundings';
import { Browser } from './browser';
import type { Page } from './page';
import { Server } from './server';
import { seeded, Time } from './time';

export const USER = 'awa';
export const ROOMS = ['meeting:1', 'project:2'];

/** Ways in which a client could be wrong. */
export type Flaw = 'takes_gaps' | 'takes_repeats' | 'forgets_keys' | 'forgets_letters' | 'sends_unsaved';

export interface Sent {
  text: string;
  room: string;
  place: number;
  page: Page;
  kept: boolean;
  answered: boolean;
}

export interface Opened {
  page: Page;
  client: Realtime;
  /** The last number told, by room. */
  last: Map<string, number>;
  listening: Map<string, Listening>;
}

export class World {
  readonly time = new Time();
  readonly chance: () => number;
  readonly server: Server;
  readonly browser: Browser;
  readonly tabs: Opened[] = [];
  readonly sent: Sent[] = [];
  private letters = 0;

  constructor(
    seed: number,
    private readonly flaw: Flaw | null = null,
  ) {
    this.chance = seeded(seed);
    this.server = new Server(this.time, this.chance);
    this.browser = new Browser(this.time, this.server, this.chance, 'b');
  }

  open(): Opened {
    const page = this.browser.page();
    const around = page.surroundings();
    const tokens = new Tokens({
      clock: around.clock,
      locks: around.locks,
      renew: () => this.renew(page),
    });
    const options: Options = {
      url: 'wss://test/ws/',
      user: USER,
      tokens,
      shelf: () => Promise.resolve(this.shelf(page)),
      judge: (last, seq) => this.verdict(last, seq),
    };
    const client = new Realtime(this.around(around), options).start();
    const opened: Opened = { page, client, last: new Map(), listening: new Map() };
    this.tabs.push(opened);
    for (const room of ROOMS) this.listen(opened, room);
    return opened;
  }

  /** Begins to listen, or stops and goes on from where it was. */
  listen(opened: Opened, room: string): void {
    const before = opened.listening.get(room);
    before?.leave();
    const from = before?.place() ?? { epoch: null, seq: 0 };
    opened.listening.set(
      room,
      opened.client.listen(room, (told) => this.told(opened, room, told), from),
    );
  }

  send({ client, page }: Opened, room: string): Sent {
    const place = ++this.letters;
    const text = `letter ${place}`;
    const sent: Sent = { text, room, place, page, kept: false, answered: false };
    this.sent.push(sent);
    const { kept, receipt } = client.send({ lane: room, name: 'Post', d: { room, text } });
    kept.then((where) => (sent.kept = where === 'disk')).catch(() => undefined);
    receipt.then(() => (sent.answered = true)).catch(() => undefined);
    return sent;
  }

  /** Each room as its log has it. */
  texts(room: string): string[] {
    return this.server.room(room).log.map(({ text }) => text);
  }

  /** What must hold at any time: nothing acknowledged is missing, nothing stands twice, lanes keep their order. */
  check(): void {
    const broken = this.tabs.flatMap(({ page }) => page.faults).find((fault) => fault instanceof LawBroken);
    if (broken !== undefined) throw broken;
    for (const room of ROOMS) {
      const texts = this.texts(room);
      for (const sent of this.sent.filter((other) => other.room === room)) {
        const times = texts.filter((text) => text === sent.text).length;
        if (times > 1) throw new Error(`${sent.text} stands ${times} times in ${room}`);
        if (sent.answered && times === 0) throw new Error(`${sent.text} was acknowledged and is not in ${room}`);
      }
      for (const page of new Set(this.sent.map((sent) => sent.page))) {
        const order = this.sent.filter((sent) => sent.page === page && sent.room === room && texts.includes(sent.text));
        const places = order.map((sent) => texts.indexOf(sent.text));
        if (places.some((place, n) => place < (places[n - 1] ?? -1))) throw new Error(`${room} is out of order`);
      }
    }
  }

  /** What must hold when everything has been calm for long. */
  checkEnd(): void {
    this.check();
    for (const room of ROOMS) {
      const texts = this.texts(room);
      for (const { last } of this.tabs.filter((tab) => tab.page.isOpen)) {
        const heard = last.get(room) ?? 0;
        if (heard !== texts.length) throw new Error(`a tab heard ${heard} of ${texts.length} in ${room}`);
      }
    }
    for (const sent of this.sent) {
      if (sent.kept && !this.texts(sent.room).includes(sent.text))
        throw new Error(`${sent.text} was kept and never sent`);
      const waits = sent.page.isOpen && !sent.answered;
      if (waits) throw new Error(`${sent.text} got no receipt`);
    }
  }

  private told({ last }: Opened, room: string, told: Told): void {
    const { log, resyncs } = this.server.room(room);
    const before = last.get(room) ?? 0;
    if (told.is === 'event') {
      const { text } = told.d.data as { text: string };
      if (told.seq !== before + 1) throw new LawBroken(`${room}: ${told.seq} was told after ${before}`);
      if (log[told.seq - 1]?.text !== text) throw new LawBroken(`${room}: ${told.seq} is another event`);
      last.set(room, told.seq);
    } else if (told.is === 'resync') {
      if (resyncs === 0) throw new LawBroken(`${room}: nobody had to load anew`);
      last.set(room, told.seq);
    } else if (told.is === 'ended') throw new LawBroken(`${room}: ended: ${told.refusal.message}`);
  }

  private async renew(page: Page): Promise<{ text: string; lifeMs: number }> {
    const { browser, server, time } = this;
    await new Promise<void>((resolve) => time.after(20, () => page.run(resolve)));
    if (!browser.isOnline || browser.isCut || !server.isUp) throw new TypeError('the network is gone');
    return server.token();
  }

  private verdict(last: number, seq: number): ReturnType<typeof judge> {
    const verdict = judge(last, seq);
    if (verdict === 'gap' && this.flaw === 'takes_gaps') return 'next';
    return verdict === 'repeat' && this.flaw === 'takes_repeats' ? 'next' : verdict;
  }

  private shelf(page: Page): Shelf {
    const shelf = this.browser.shelf(page);
    const nothing = () => Promise.resolve();
    if (this.flaw === 'forgets_letters') return { ...shelf, all: () => Promise.resolve([]) };
    return this.flaw === 'sends_unsaved' ? { ...shelf, put: nothing } : shelf;
  }

  private around(around: Surroundings): Surroundings {
    if (this.flaw !== 'forgets_keys') return around;
    const open: Surroundings['open'] = (url, protocols, ears) => {
      const wire = around.open(url, protocols, ears);
      return { ...wire, send: (data) => wire.send(rekeyed(data as Uint8Array, around.newId())) };
    };
    return { ...around, open };
  }
}

/** An error that a listener throws is reported like any other; this one is looked for. */
export class LawBroken extends Error {}

function rekeyed(data: Uint8Array, key: string): Uint8Array {
  const request = decode(data) as { op: string };
  return encode(request.op === 'call' ? { ...request, idem: key } : request);
}
