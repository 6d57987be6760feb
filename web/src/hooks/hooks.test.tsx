// @vitest-environment jsdom
// The hooks over the client and a simulated server: what components see of rooms, and what becomes of what they do.

import { act, cleanup, renderHook } from '@testing-library/react';
import { StrictMode, type ReactNode } from 'react';
import { afterEach, expect, test } from 'vitest';
import type { Json } from '../contract/frames';
import { USER, World } from '../../tests/realtime/world';
import { RealtimeProvider, useConnection } from './realtime';
import { useMeetingChat } from './useMeetingChat';
import { useProjectNotifications } from './useProjectNotifications';
import { useUserNotifications } from './useUserNotifications';

afterEach(cleanup);

function stage() {
  const world = new World(7);
  world.server.answers.set('ListMessages', () => ({ data: [], page: { has_more: false } }));
  const { client } = world.open();
  const wrapper = ({ children }: { children: ReactNode }) => (
    <StrictMode>
      <RealtimeProvider client={client}>{children}</RealtimeProvider>
    </StrictMode>
  );
  const pass = (ms = 500) => act(() => world.time.pass(ms));
  const joined = (room: string) =>
    world.server.received.filter((request) => request.op === 'join' && request.room === room).length;
  return { world, server: world.server, client, wrapper, pass, joined };
}

const notification = (number: number, more: object = {}): Json => ({
  id: `n${number}`,
  number,
  version: 1,
  turn: 0,
  category: 'projects',
  title: `Title ${number}`,
  read_at: null,
  ...more,
});
const message = (seq: number, more: object = {}): Json => ({
  id: `m${seq}`,
  seq,
  version: 1,
  author_id: 'moussa',
  body: `body ${seq}`,
  client_id: null,
  deleted_at: null,
  ...more,
});
const told = (name: string, data: Json): Json => ({ name, data, entity: { type: 'x', id: 'x', version: 1 } });

test('an inbox is greeted, follows its room, and is one for all who look', async () => {
  const { server, wrapper, pass, joined } = stage();
  const room = `user:${USER}`;
  server.greetings.set(room, { unread: 1, latest: [notification(1)] });

  const both = renderHook(() => [useUserNotifications(), useUserNotifications()] as const, { wrapper });
  await pass();
  const [inbox, other] = both.result.current;
  expect(inbox).toMatchObject({ hearing: 'live', unread: 1, latest: [{ id: 'n1' }] });
  expect(other.latest).toBe(inbox.latest);

  server.post(room, '', told('notifications.notification.created', notification(2)));
  server.post(room, '', told('notifications.notification.created', notification(3, { category: 'jobs' })));
  server.post(room, '', told('notifications.unread_count.changed', { unread: 3, by_category: {} }));
  await pass();
  expect(both.result.current[0].latest.map(({ id }) => id)).toEqual(['n3', 'n2', 'n1']);
  expect(both.result.current[0].unread).toBe(3);

  const all = { through: 2, turn: 1, read_at: '2030-01-01T00:00:00.000Z', category: null };
  server.post(room, '', told('notifications.notification.all_read', all));
  server.post(room, '', told('notifications.notification.archived', notification(1)));
  await pass();
  const read = both.result.current[0].latest.map(({ id, read_at: at }) => [id, at !== null]);
  expect(read).toEqual([
    ['n3', false],
    ['n2', true],
  ]);
  expect(joined(room)).toBe(1);

  both.result.current[0].read('n3');
  await pass();
  expect(server.received.at(-1)).toMatchObject({ op: 'call', name: 'MarkNotificationRead', d: { id: 'n3' } });
});

test('an inbox that missed too much is greeted anew', async () => {
  const { server, wrapper, pass, joined } = stage();
  const room = `user:${USER}`;
  server.greetings.set(room, { unread: 0, latest: [] });
  const { result } = renderHook(() => useUserNotifications(), { wrapper });
  await pass();

  server.restart(200);
  for (let n = 1; n < 9; n += 1) server.post(room, '', told('notifications.notification.created', notification(n)));
  server.room(room).trimmed = 8;
  server.greetings.set(room, { unread: 8, latest: [notification(8)] });
  await pass(5_000);

  expect(result.current).toMatchObject({ hearing: 'live', unread: 8, latest: [{ id: 'n8' }] });
  expect(joined(room)).toBe(3);
});

test('a project tells who is there and what happened, and each event to whoever asks', async () => {
  const { server, wrapper, pass, joined } = stage();
  server.greetings.set('project:p', { presence: { count: 1, users: ['awa'] } });
  const heard: number[] = [];
  const hook = renderHook(() => useProjectNotifications('p', (some) => some.is === 'event' && heard.push(some.seq)), {
    wrapper,
  });
  await pass();

  server.whisper('project:p', { name: 'presence.diff', joined: ['moussa'], left: ['awa'], changed: [], count: 1 });
  server.post('project:p', '', told('projects.task.created', { title: 'Préparer la salle' }));
  await pass();
  expect(hook.result.current).toMatchObject({ hearing: 'live', present: ['moussa'], presentCount: 1, losses: 0 });
  expect(hook.result.current.recent).toMatchObject([{ seq: 1, name: 'projects.task.created' }]);
  expect(heard).toEqual([1]);

  hook.result.current.viewing('board');
  await pass();
  expect(server.received.at(-1)).toMatchObject({
    op: 'whisper',
    room: 'project:p',
    d: { kind: 'viewing', entity: 'board' },
  });

  hook.unmount();
  await pass();
  expect(server.received.at(-1)).toMatchObject({ op: 'leave', room: 'project:p' });
  expect(joined('project:p')).toBe(1);
});

test('a chat shows its history, what others say, and what one says before the server has heard it', async () => {
  const { world, server, wrapper, pass } = stage();
  const room = 'meeting:m';
  server.answers.set('ListMessages', ({ before_seq: before }) =>
    before === undefined
      ? { data: [message(5, { reactions: [] }), message(4)], page: { has_more: true } }
      : { data: [message(2), message(1)], page: { has_more: false } },
  );
  server.answers.set('PostMessage', ({ body, client_id: id }) => {
    const seq = server.room(room).log.length + 1;
    server.post(
      room,
      '',
      told('meetings.chat.message_posted', message(seq + 5, { author_id: USER, body, client_id: id })),
    );
    return { id: `m${seq + 5}`, seq };
  });
  const { result } = renderHook(() => useMeetingChat('m'), { wrapper });
  await pass();
  const bodies = () => result.current.messages.map(({ body }) => body);
  expect(bodies()).toEqual(['body 4', 'body 5']);

  await act(async () => {
    const loading = result.current.loadEarlier();
    await world.time.pass(500);
    await loading;
  });
  expect(bodies()).toEqual(['body 1', 'body 2', 'body 4', 'body 5']);
  expect(result.current.hasEarlier).toBe(false);

  world.browser.isCut = true;
  result.current.send('Bonjour à tous');
  await pass();
  expect(result.current.pending).toMatchObject([{ name: 'PostMessage', d: { body: 'Bonjour à tous' } }]);

  world.browser.isCut = false;
  server.restart(100);
  await pass(40_000);
  expect(result.current.pending).toEqual([]);
  expect(bodies().at(-1)).toBe('Bonjour à tous');

  server.post(
    room,
    '',
    told('meetings.chat.reaction_changed', { message_id: 'm5', emoji: '👍', user_id: USER, on: true, count: 1 }),
  );
  server.post(room, '', told('meetings.chat.message_edited', message(4, { body: 'mieux dit', version: 2 })));
  await pass();
  expect(result.current.messages.find(({ id }) => id === 'm5')?.reactions).toEqual([
    { emoji: '👍', count: 1, mine: true },
  ]);
  expect(bodies()).toContain('mieux dit');
});

test('somebody who types is shown until six seconds after the last sign of it, and one says so every three', async () => {
  const { server, wrapper, pass } = stage();
  const { result } = renderHook(() => useMeetingChat('m'), { wrapper });
  await pass();

  server.whisper('meeting:m', { kind: 'typing', on: true, user_id: 'moussa' });
  await pass();
  expect(result.current.typists).toEqual(['moussa']);
  await pass(6_000);
  expect(result.current.typists).toEqual([]);

  for (let n = 0; n < 10; n += 1) {
    result.current.typing(true);
    await pass(400);
  }
  expect(server.received.filter(({ op }) => op === 'whisper')).toHaveLength(2);
});

test('a message that is refused waits for its author', async () => {
  const { server, wrapper, pass } = stage();
  const { result } = renderHook(() => useMeetingChat('m'), { wrapper });
  await pass();
  server.refusals.add('PostMessage');

  result.current.send('trop tard');
  await pass();
  expect(result.current.pending).toMatchObject([
    { d: { body: 'trop tard' }, refused: { code: 'validation', status: 422 } },
  ]);

  server.refusals.clear();
  result.current.retry(result.current.pending[0]?.key ?? '');
  await pass();
  expect(result.current.pending).toEqual([]);
});

test('a component sees how the connection is, and may ask for another attempt', async () => {
  const { world, server, wrapper, pass } = stage();
  const { result } = renderHook(() => useConnection(), { wrapper });
  expect(result.current.state).toBe('connecting');
  await pass();
  expect(result.current.state).toBe('live');

  server.isUp = false;
  server.endAll(1006);
  await pass(60_000);
  expect(result.current.state).toBe('retrying');

  server.isUp = true;
  act(() => result.current.retry());
  await pass(200);
  expect(result.current.state).toBe('live');
  expect(world.tabs[0]?.page.faults).toEqual([]);
});

test('a hook outside of the provider says what is missing', () => {
  expect(() => renderHook(() => useUserNotifications())).toThrow('stands below RealtimeProvider');
});
