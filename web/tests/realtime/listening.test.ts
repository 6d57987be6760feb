// What single listeners are told.

import { expect, test } from 'vitest';
import type { Told } from '../../src/realtime/stream';
import { CALM } from './faults';
import { stage } from './stage';
import { ROOMS } from './world';

const [ROOM = ''] = ROOMS;

test('a listener that fails keeps no other from hearing, and hears on', async () => {
  const { world, server, client, page, pass } = await stage();
  const heard: Told['is'][] = [];
  client.listen(ROOM, (told) => {
    heard.push(told.is);
    throw new Error('a fault of the application');
  });
  await pass(100);

  server.post(ROOM, 'one');
  server.post(ROOM, 'two');
  await pass(100);

  expect(heard).toEqual(['joined', 'event', 'event']);
  expect(page.faults).toHaveLength(3);
  world.checkEnd();
});

test('whoever listens from a place hears what came after it, and only that', async () => {
  const { server, client, pass } = await stage();
  for (let n = 1; n <= 5; n += 1) server.post(ROOM, `${n}`);
  const told: (number | string)[] = [];
  const listening = client.listen(ROOM, (some) => told.push(some.is === 'event' ? some.seq : some.is), {
    epoch: 'e1',
    seq: 3,
  });
  await pass(100);
  expect(told).toEqual(['joined', 4, 5]);
  expect(listening.place()).toEqual({ epoch: 'e1', seq: 5 });

  // The same number, of a room that was put back to an earlier day and went on differently.
  client.listen(ROOM, (some) => told.push(some.is), { epoch: 'another life', seq: 5 });
  await pass(100);
  expect(told.slice(3)).toEqual(['joined', 'resync']);
});

test('what was lost at the end of a read-back is asked for again, though nothing follows it', async () => {
  const { server, world, tab, pass } = await stage();
  server.restart(100);
  for (let n = 1; n <= 5; n += 1) server.post(ROOM, `${n}`);
  server.faults = { ...CALM, drop: 1 };
  await pass(3_000);
  expect(tab.last.get(ROOM) ?? 0).toBe(0);

  server.faults = CALM;
  await pass(12_000);
  expect(tab.last.get(ROOM)).toBe(5);
  world.checkEnd();
});
