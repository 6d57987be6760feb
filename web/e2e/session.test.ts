// The life of a sign-in on the real server: tokens that end and are renewed on the open socket, a server that leaves with a
// word, a sign-in that is ended elsewhere, a room from which somebody is removed.

import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Status } from '../src/realtime/status';
import type { Told } from '../src/realtime/stream';
import { Browser } from './pages';
import { pause, Server } from './server';

/** So short that it ends several times in a test. The server allows half a minute of skew on top. */
const TOKEN_S = 3;
let server: Server;

beforeAll(async () => {
  server = await Server.start({ ECOSYSTIA_AUTH__ACCESS_SECONDS: `${TOKEN_S}` });
}, 120_000);
afterAll(() => server.stop());

async function until(ready: () => boolean, ms = 30_000): Promise<void> {
  const end = Date.now() + ms;
  while (!ready()) {
    if (Date.now() > end) throw new Error('it did not happen');
    await pause(20);
  }
}

test('an open socket outlives its tokens, and the server that it was opened to', async () => {
  const fatou = await server.signIn('fatou');
  expect(fatou.seconds).toBe(TOKEN_S);
  const browser = new Browser(server, fatou);
  const { client } = browser.open();
  const seen: Status['state'][] = [];
  client.onStatus(({ state, reason }) => seen.push(reason === 'draining' ? 'offline' : state));
  const told: Told[] = [];
  client.listen(`user:${fatou.user}`, (something) => told.push(something));
  await until(() => told.length > 0);
  expect(told[0]).toMatchObject({ is: 'joined', again: false, greeting: { unread: expect.any(Number) as number } });

  // Past the token's life and the skew that the server allows.
  await pause((TOKEN_S + 32) * 1000);
  expect(seen).toEqual(['live']);

  await server.drain();
  await server.restart();
  await until(() => client.status().state === 'live');
  await until(() => told.some((something) => something.is === 'joined' && something.again));
  // It was asked to leave, left, and came back.
  expect(seen.slice(0, 3)).toEqual(['live', 'offline', 'retrying']);
  expect(told.filter(({ is }) => is === 'resync' || is === 'ended')).toEqual([]);
  expect(Math.abs(client.serverNow() - Date.now())).toBeLessThan(2_000);
  client.stop();
}, 90_000);

test('a sign-in that is ended elsewhere ends the client', async () => {
  const awa = await server.signIn('awa');
  const { client } = new Browser(server, awa).open();
  await until(() => client.status().state === 'live');

  const { access } = await server.signIn('awa');
  await fetch(`${server.origin}/api/v1/auth/logout-all/`, {
    method: 'POST',
    headers: { authorization: `Bearer ${access}` },
  });

  await until(() => client.status().state === 'signed_out');
  client.stop();
});

test('whoever is removed from a room is told, and so is whoever asks for one that they may not know', async () => {
  const [fatou, awa] = await Promise.all([server.signIn('fatou'), server.signIn('awa')]);
  const start = new Date().toISOString();
  const end = new Date(Date.now() + 3_600_000).toISOString();
  const body = { title: 'Entre nous', kind: 'one_on_one', start_at: start, end_at: end, attendee_ids: [awa.user] };
  const { id } = (await server.ask('POST', '/api/v1/meetings/', fatou.access, body)) as { id: string };
  const { client } = new Browser(server, awa).open();
  const told: Told[] = [];
  client.listen(`meeting:${id}`, (something) => told.push(something));
  client.listen(`meeting:${crypto.randomUUID()}`, (something) => told.push(something));
  await until(() => told.some(({ is }) => is === 'joined') && told.some(({ is }) => is === 'ended'));
  expect(told.find(({ is }) => is === 'ended')).toMatchObject({ refusal: { code: 'not-found' } });

  // What the chat's screen asks, as it asks it.
  const said = await client.call('PostMessage', { meeting_id: id, body: 'je suis là' });
  const page = await client.call('ListMessages', { meeting_id: id, limit: 50 });
  expect(page.body).toMatchObject({ data: [{ id: said.body?.id, body: 'je suis là' }], page: { has_more: false } });
  const earlier = await client.call('ListMessages', { meeting_id: id, limit: 50, before_seq: said.body?.seq });
  expect(earlier.body).toMatchObject({ data: [] });
  expect(await client.watch([fatou.user])).toMatchObject({ refused: [], users: [{ user_id: fatou.user }] });
  client.whisper(`meeting:${id}`, 'typing', { on: true });

  const { access } = await server.signIn('fatou');
  await server.remove(`/api/v1/meetings/${id}/attendees/${awa.user}/`, access);

  await until(() => told.filter(({ is }) => is === 'ended').length === 2);
  await expect(client.call('PostMessage', { meeting_id: id, body: 'encore là ?' })).rejects.toMatchObject({
    name: 'Refusal',
  });
  client.stop();
});
