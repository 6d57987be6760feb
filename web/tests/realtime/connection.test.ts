// The life of the one connection: when it comes back and when it does not, how it notices that the other end is gone, and
// what becomes of letters meanwhile.

import { expect, test } from 'vitest';
import { REPEAT_MS } from '../../src/realtime/entry';
import { stage } from './stage';
import { ROOMS } from './world';

const [ROOM = '', OTHER = ''] = ROOMS;

test('it says that it is there every 25 seconds', async () => {
  const { ops, pass, client } = await stage();

  await pass(600_000);

  expect(ops('ping')).toBe(24);
  expect([client.status().state, ops('auth')]).toEqual(['live', 1]);
});

test('a line that is dead without a word is noticed, sooner when there is reason for doubt', async () => {
  const slow = await stage();
  slow.browser.isCut = true;
  await slow.pass(50_000);
  expect(slow.client.status().state).toBe('live');
  await slow.pass(40_000);
  expect(slow.client.status().state).toBe('retrying');

  const quick = await stage();
  quick.browser.isCut = true;
  quick.page.tell('visible');
  await quick.pass(5_500);
  expect(quick.client.status().state).toBe('retrying');
});

test('it comes back at once when the network or the person does', async () => {
  for (const moment of ['online', 'visible'] as const) {
    const { server, client, page, pass } = await stage();
    server.isUp = false;
    server.endAll(1006);
    await pass(120_000);
    const { state, retryInMs } = client.status();
    expect([state, retryInMs !== undefined]).toEqual(['retrying', true]);

    server.isUp = true;
    page.tell(moment);
    await pass(100);
    expect(client.status().state).toBe('live');
  }
});

test('while there is no network it says so', async () => {
  const { browser, client, page, pass } = await stage();
  browser.isOnline = false;
  page.tell('offline');
  await pass(6_000);
  expect(client.status()).toEqual({ state: 'offline' });
});

test('when the server says how long to stay away, nothing brings it back earlier', async () => {
  const { server, client, page, pass, ops } = await stage();
  server.drain(8_000);
  await pass(1_000);
  expect(client.status().state).toBe('retrying');

  page.tell('online');
  page.tell('visible');
  await pass(6_500);
  expect(ops('auth')).toBe(1);
  await pass(1_000);
  expect([client.status().state, ops('auth')]).toEqual(['live', 2]);
});

test('who asks while the server wants some distance comes back when it is over', async () => {
  const { server, client, pass } = await stage();
  server.drain(4_000);
  await pass(50);
  server.endAll(4011);
  await pass(50);
  expect(client.status().reason).toBe('crowded_out');

  client.retry();
  await pass(4_500);
  expect(client.status().state).toBe('live');
});

test('a session that was revoked signs out, and stays so', async () => {
  const { server, client, page, pass, ops } = await stage();
  server.endAll(4009);
  await pass(100);
  page.tell('visible');
  client.retry();
  await pass(600_000);

  expect([client.status().state, ops('auth')]).toEqual(['signed_out', 1]);
});

test('one of too many sockets rests until a person asks', async () => {
  const { server, client, pass, ops } = await stage();
  server.endAll(4011);
  await pass(600_000);
  expect([client.status(), ops('auth')]).toEqual([{ state: 'offline', reason: 'crowded_out' }, 1]);

  client.retry();
  await pass(100);
  expect(client.status().state).toBe('live');
});

test('a token that the server does not take is renewed before the next attempt', async () => {
  const { server, client, pass } = await stage();
  server.endAll(4001);
  await pass(1_500);

  expect([client.status().state, server.issuedTokens]).toEqual(['live', 2]);
});

test('a token of somebody else opens nothing, and their letters are not sent', async () => {
  const { server, client, page, world, tab, pass } = await stage();
  server.user = 'moussa';
  server.endAll(4001);
  world.send(tab, ROOM);
  await pass(60_000);

  expect(client.status()).toEqual({ state: 'signed_out', reason: 'another_user' });
  expect(world.texts(ROOM)).toEqual([]);
  expect(page.faults).toEqual([]);
});

test.each([3_600_000, -3_600_000])('a clock that jumps by %i ms costs no connection', async (jump) => {
  const { client, page, pass, ops, world } = await stage();

  page.skewMs += jump;
  await pass(600_000);

  expect([client.status().state, ops('auth')]).toEqual(['live', 1]);
  // As far as the way there takes.
  expect(Math.abs(client.serverNow() - world.time.now)).toBeLessThan(50);
});

test('letters outlast a reload, and go in their order', async () => {
  const { world, server, browser, tab, page, pass } = await stage();
  browser.isCut = true;
  for (let n = 0; n < 5; n += 1) world.send(tab, ROOM);
  await pass(100);
  page.close();

  browser.isCut = false;
  world.open();
  await pass(2_000);

  expect(world.texts(ROOM)).toEqual(world.sent.map(({ text }) => text));
  expect(await browser.disk.all()).toEqual([]);
  expect(server.replays).toBe(0);
});

test('a lane that has to wait holds up no other', async () => {
  const { world, server, tab, pass } = await stage();
  server.refusals.add('Slow');
  server.refusal = { code: 'overloaded', status: 503 };
  const slow = tab.client.send({ lane: ROOM, name: 'Slow', d: { room: ROOM, text: 'slow' } });
  world.send(tab, OTHER);
  await pass(500);
  expect([world.texts(ROOM), world.texts(OTHER)]).toEqual([[], ['letter 1']]);

  server.refusals.clear();
  await pass(60_000);
  expect(await slow.receipt).toMatchObject({ status: 201 });
});

test('a letter that nobody could ask about for too long is not sent again', async () => {
  const { world, server, browser, tab, pass } = await stage();
  server.faults = { ...server.faults, refuse: 1 };
  world.send(tab, ROOM);
  await pass(20);
  browser.isCut = true;
  await pass(REPEAT_MS + 3_600_000);
  server.faults = { ...server.faults, refuse: 0 };
  const before = server.received.filter(({ op }) => op === 'call').length;
  browser.isCut = false;
  await pass(120_000);

  expect(await browser.disk.all()).toMatchObject([{ refused: { code: 'expired' } }]);
  expect(server.received.filter(({ op }) => op === 'call')).toHaveLength(before);
});

test('a call waits a moment for a connection, and is refused without one', async () => {
  const { server, client, pass } = await stage();
  server.restart(2_000);
  await pass(10);
  const early = client.call('Ask', { room: ROOM, text: 'x' });
  await pass(9_000);
  expect(await early).toMatchObject({ status: 201 });

  server.isUp = false;
  server.endAll(1006);
  await pass(10);
  const late = client.call('Ask', {});
  const refused = expect(late).rejects.toMatchObject({ code: 'offline' });
  await pass(11_000);
  await refused;
});
