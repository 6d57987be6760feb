// The client against the real server: people talk, the server is killed without a word, a page crashes, and afterwards
// everybody has heard the whole talk once, in its order, and every letter that was sent stands in it once.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Told } from '../src/realtime/stream';
import { Browser, type Page } from './pages';
import { pause, Server, type SignedIn } from './server';

let server: Server;

beforeAll(async () => {
  server = await Server.start();
}, 120_000);
afterAll(() => server.stop());

const within = async (what: string, ready: () => boolean, ms = 60_000): Promise<void> => {
  const until = Date.now() + ms;
  while (!ready()) {
    if (Date.now() > until) throw new Error(`${what}: not within ${ms} ms`);
    await pause(20);
  }
};

interface Message {
  id: string;
  seq: number;
  body: string;
}

/** One listener, who holds every event against the law as it comes. */
class Ear {
  readonly heard: Message[] = [];
  last = 0;
  readonly broken: string[] = [];

  constructor(page: Page, room: string) {
    page.client.listen(room, (told) => this.hear(told), { epoch: null, seq: 0 });
  }

  private hear(told: Told): void {
    if (told.is === 'resync' || told.is === 'ended') this.broken.push(told.is);
    if (told.is !== 'event') return;
    if (told.seq !== this.last + 1) this.broken.push(`${told.seq} after ${this.last}`);
    this.last = told.seq;
    if (told.d.name === 'meetings.chat.message_posted') this.heard.push({ ...(told.d.data as Message), seq: told.seq });
  }
}

async function meeting(host: SignedIn, guest: SignedIn): Promise<string> {
  const start = new Date();
  const made = await server.ask('POST', '/api/v1/meetings/', host.access, {
    title: "Sous l'orage",
    kind: 'team_meeting',
    start_at: start.toISOString(),
    end_at: new Date(start.getTime() + 7_200_000).toISOString(),
    attendee_ids: [guest.user],
  });
  return (made as { id: string }).id;
}

async function history(id: string, { access }: SignedIn): Promise<Message[]> {
  const all: Message[] = [];
  for (;;) {
    const path = `/api/v1/meetings/${id}/messages/?after_seq=${all.at(-1)?.seq ?? 0}&limit=100`;
    const { data } = (await server.ask('GET', path, access)) as { data: Message[] };
    if (data.length === 0) return all;
    all.push(...data);
  }
}

test('a server killed in the middle of a talk, and a page that crashes, lose nothing and repeat nothing', async () => {
  const [fatou, guest] = await Promise.all([server.signIn('fatou'), server.signIn('moussa')]);
  const id = await meeting(fatou, guest);
  const room = `meeting:${id}`;
  const [hers, his] = [new Browser(server, fatou), new Browser(server, guest)];
  const pages = [hers.open(), hers.open(), hers.open()];
  const [first, second, third] = pages as [Page, Page, Page];
  const other = his.open();
  const ears = [second, third, other].map((page) => new Ear(page, room));
  await within('everybody is in', () => [...pages, other].every((page) => page.client.status().state === 'live'));
  expect(pages.map((page) => page.connections)).toEqual([1, 0, 0]);

  const receipts: Promise<unknown>[] = [];
  let answered = 0;
  const said: string[] = [];
  const say = (page: Page, body: string) => {
    const { kept, receipt } = page.client.send({ lane: room, name: 'PostMessage', d: { meeting_id: id, body } });
    said.push(body);
    if (page !== first) receipts.push(receipt.then(() => (answered += 1)));
    return kept;
  };
  for (let n = 0; n < 17; n += 1) {
    await Promise.all([say(first, `first ${n}`), say(second, `second ${n}`), say(other, `other ${n}`)]);
    await pause(10);
    if (n === 12) await server.kill();
  }
  const before = answered;
  expect(before).toBeGreaterThan(5);
  // It had the socket, and letters that nobody else has: they are on the disk of its browser.
  first.crash();
  for (let n = 17; n < 40; n += 1)
    await Promise.all([say(second, `second ${n}`), say(third, `third ${n}`), say(other, `other ${n}`)]);
  await server.restart();
  await Promise.all(receipts);
  expect(answered - before).toBeGreaterThan(69);

  await within(
    'what the crashed page left is sent',
    () => new Set(ears[2]?.heard.map(({ body }) => body)).size === said.length,
  );
  const stored = await history(id, fatou);
  expect([...stored.map(({ body }) => body)].sort()).toEqual([...said].sort());
  await within('everybody is level', () => ears.every(({ heard }) => heard.length === said.length));
  for (const ear of ears) {
    expect(ear.broken).toEqual([]);
    expect(ear.heard.map((message) => message.id)).toEqual(stored.map((message) => message.id));
  }
  for (const name of ['first', 'second', 'third', 'other']) {
    const order = stored.map(({ body }) => body).filter((body) => body.startsWith(`${name} `));
    expect(order, name).toEqual(said.filter((body) => body.startsWith(`${name} `)));
  }
  expect(await second.client.outbox.entries()).toEqual([]);
  expect([second, third].map((page) => page.connections).sort()).toEqual([0, 1]);
  [second, third, other].forEach((page) => page.client.stop());
  expect([...hers.faults, ...his.faults]).toEqual([]);
});
