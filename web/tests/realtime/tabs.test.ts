// Tabs of one browser: which of them has the socket, and what happens when it closes, crashes, freezes or is hidden.

import { expect, test } from 'vitest';
import { ROOMS, World, type Opened } from './world';

const [ROOM = ''] = ROOMS;

async function stage(tabs: number) {
  const world = new World(3);
  const opened: Opened[] = [];
  for (let n = 0; n < tabs; n += 1) {
    opened.push(world.open());
    await world.time.pass(500);
  }
  const states = () => opened.filter(({ page }) => page.isOpen).map(({ client }) => client.status().state);
  return { world, server: world.server, opened, states, pass: (ms: number) => world.time.pass(ms) };
}

/** Everybody hears what is said now. */
async function level({ world, server, pass }: Awaited<ReturnType<typeof stage>>): Promise<void> {
  server.post(ROOM, 'are you all there?');
  await pass(2_000);
  world.checkEnd();
  expect(server.sessions.size).toBe(1);
}

test('three tabs have one socket, and all are live', async () => {
  const it = await stage(3);

  expect(it.states()).toEqual(['live', 'live', 'live']);
  await level(it);
});

test.each(['close', 'crash'] as const)('when the leader is gone (%s), the next one leads', async (way) => {
  const it = await stage(3);

  it.opened[0]?.page[way]();
  await it.pass(1_000);

  expect(it.states()).toEqual(['live', 'live']);
  await level(it);
});

test('a leader that is frozen without a word is deposed, and follows when it wakes', async () => {
  const it = await stage(2);
  const [first, second] = it.opened as [Opened, Opened];

  first.page.freeze(false);
  await it.pass(20_000);
  it.server.post(ROOM, 'while it slept');
  it.world.send(second, ROOM);
  await it.pass(2_000);
  expect(it.world.browser.locks.stolen).toBe(1);
  expect(second.last.get(ROOM)).toBe(2);

  first.page.thaw();
  await it.pass(12_000);
  expect(it.states()).toEqual(['live', 'live']);
  await level(it);
});

test('a tab that is given the lead in its sleep stands in line again when it wakes, and hears of a second term', async () => {
  const it = await stage(3);
  const [first, second, third] = it.opened as [Opened, Opened, Opened];
  second.page.freeze(false);
  first.page.close();
  await it.pass(20_000);
  expect([third.client.status().state, it.world.browser.locks.stolen]).toEqual(['live', 1]);
  second.page.thaw();
  await it.pass(500);

  // The third leads, is gone, and leads again under the same name, while the second was not looking.
  second.page.freeze(false);
  third.page.freeze(true);
  third.page.thaw();
  await it.pass(20_000);
  second.page.thaw();
  it.world.send(second, ROOM);
  await it.pass(12_000);
  await level(it);
});

test('a leader that is told of its freezing gives the lead away at once', async () => {
  const it = await stage(2);

  it.opened[0]?.page.freeze(true);
  await it.pass(300);

  expect(it.opened[1]?.client.status().state).toBe('live');
  expect([it.server.sessions.size, it.world.browser.locks.stolen]).toEqual([1, 0]);
  it.opened[0]?.page.thaw();
  await it.pass(1_000);
  await level(it);
});

test('the only tab closes its socket while it is frozen, and goes on from where it was', async () => {
  const it = await stage(1);
  const [{ page, client, last }] = it.opened as [Opened];

  page.freeze(true);
  await it.pass(100);
  expect([it.server.sessions.size, client.status().state]).toEqual([0, 'connecting']);
  it.server.post(ROOM, 'missed');
  page.thaw();
  await it.pass(1_000);

  expect(last.get(ROOM)).toBe(1);
  await level(it);
});

test('a visible tab takes over from a leader that has been hidden for minutes', async () => {
  const it = await stage(2);
  const [first, second] = it.opened as [Opened, Opened];
  second.page.isVisible = first.page.isVisible = false;
  first.page.tell('hidden');
  await it.pass(60_000);

  second.page.isVisible = true;
  second.page.tell('visible');
  await it.pass(1_000);
  expect(it.world.browser.locks.stolen).toBe(0);

  await it.pass(240_000);
  expect(it.world.browser.locks.stolen).toBe(1);
  await level(it);
});

test('a sleep of hours deposes nobody, and nothing is missed', async () => {
  const it = await stage(2);
  it.opened.forEach(({ page }) => page.freeze(false));
  await it.pass(8 * 3_600_000);
  it.server.endAll(4000);
  it.server.post(ROOM, 'in the night');

  it.opened.forEach(({ page }) => page.thaw());
  await it.pass(8_000);

  expect(it.world.browser.locks.stolen).toBe(0);
  await level(it);
});

test('a room is left when the last tab has left it', async () => {
  const { server, opened, pass } = await stage(2);
  const leaves = () => server.received.filter(({ op, room }) => op === 'leave' && room === 'user:x').length;
  const listening = opened.map(({ client }) => client.listen('user:x', () => undefined));
  await pass(200);

  listening[0]?.leave();
  await pass(200);
  expect(leaves()).toBe(0);
  listening[1]?.leave();
  await pass(200);
  expect(leaves()).toBe(1);

  opened[1]?.client.listen('user:x', () => undefined);
  await pass(200);
  opened[1]?.page.crash();
  await pass(200);
  expect(leaves()).toBe(2);
});

test('tabs share a renewed token, and renew it once', async () => {
  const { server, pass, states } = await stage(3);
  const refreshes = () => server.received.filter(({ op }) => op === 'refresh').length;

  await pass(900_000 * 0.9);

  expect(refreshes()).toBe(1);
  expect(states()).toEqual(['live', 'live', 'live']);
  expect(server.issuedTokens).toBe(2);
});
