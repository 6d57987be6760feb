// What a shelf promises, for each of them; and what becomes of letters when the disk is not to be had.

import { IDBFactory } from 'fake-indexeddb';
import { describe, expect, test } from 'vitest';
import { openDatabase } from './database';
import type { Entry } from './entry';
import { ENTRY_BYTES_MAX, Outbox } from './outbox';
import { MemoryShelf, type Shelf } from './shelf';
import type { Clock } from './surroundings';

const clock: Clock = {
  now: () => Date.now(),
  after: (ms, act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};
const entry = (key: string, more: Partial<Entry> = {}): Entry => ({
  key,
  lane: 'a',
  order: 1,
  name: 'X',
  d: {},
  ...more,
});
const database = (factory: IDBFactory) => openDatabase(factory, clock, 'letters');

describe.each<[string, () => Promise<Shelf>]>([
  ['memory', () => Promise.resolve(new MemoryShelf())],
  ['database', () => database(new IDBFactory())],
])('a shelf in %s', (_, make) => {
  test('keeps what is put on it until it is taken off', async () => {
    const shelf = await make();

    await shelf.put(entry('1'));
    await shelf.put(entry('2', { d: { body: 'é', list: [1, null] } }));
    await shelf.put(entry('1', { order: 7 }));

    const held = (await shelf.all()).sort((a, b) => (a.key < b.key ? -1 : 1));
    expect(held).toEqual([entry('1', { order: 7 }), entry('2', { d: { body: 'é', list: [1, null] } })]);
    await shelf.remove('1');
    await shelf.remove('never there');
    expect((await shelf.all()).map(({ key }) => key)).toEqual(['2']);
    await shelf.clear();
    expect(await shelf.all()).toEqual([]);
    shelf.close();
  });

  test('does not bring back by a change what was taken off', async () => {
    const shelf = await make();
    await shelf.put(entry('1'));

    await shelf.replace(entry('1', { triedAt: 5 }));
    await shelf.replace(entry('2', { triedAt: 5 }));

    expect(await shelf.all()).toEqual([entry('1', { triedAt: 5 })]);
    shelf.close();
  });
});

test('another page of the same browser finds what the first has put down', async () => {
  const factory = new IDBFactory();
  const one = await database(factory);
  await one.put(entry('1'));
  one.close();

  const two = await database(factory);

  expect(await two.all()).toEqual([entry('1')]);
  await expect(one.all()).rejects.toThrow();
});

test('a database that does not open is given up', async () => {
  const stuck = { open: () => ({}) } as unknown as IDBFactory;
  const soon: Clock = { ...clock, after: (_, act) => clock.after(1, act) };

  await expect(openDatabase(stuck, soon, 'x')).rejects.toThrow('did not open');
});

function outbox(disk: Shelf | null) {
  const handed: Entry[] = [];
  const faults: unknown[] = [];
  let ids = 0;
  const box = new Outbox({
    clock,
    newId: () => `key ${++ids}`,
    disk: Promise.resolve(disk),
    hand: (some) => handed.push(some),
    forget: () => undefined,
    fault: (fault) => faults.push(fault),
  });
  return { box, handed, faults };
}
const letter = { lane: 'a', name: 'X', d: { body: 'x' } };

test('a letter lies on the disk before anybody is asked to send it', async () => {
  const shelf = new MemoryShelf();
  const { box, handed } = outbox(shelf);

  const { key, kept } = box.send(letter);
  expect(handed).toEqual([]);

  expect(await kept).toBe('disk');
  expect((await shelf.all()).map((some) => some.key)).toEqual([key]);
  expect(handed.map((some) => some.key)).toEqual([key]);
});

test.each([
  null,
  Object.assign(new MemoryShelf(), { put: () => Promise.reject(new DOMException('full', 'QuotaExceededError')) }),
])('without a disk it waits in memory, and says so', async (disk) => {
  const { box, handed } = outbox(disk);

  const { key, kept, receipt } = box.send(letter);

  expect(await kept).toBe('memory');
  expect(handed.map((some) => some.key)).toEqual([key]);
  expect((await box.entries()).map((some) => some.key)).toEqual([key]);
  box.heard({ key, answer: { status: 201, body: null } });
  expect(await receipt).toEqual({ status: 201, body: null });
  expect(await box.entries()).toEqual([]);
});

test('what lies in memory goes to the disk before what comes after it', async () => {
  const shelf = new MemoryShelf();
  let full = true;
  const put = shelf.put.bind(shelf);
  shelf.put = (some) => (full ? Promise.reject(new Error('full')) : put(some));
  const { box } = outbox(shelf);

  expect(await box.send(letter).kept).toBe('memory');
  full = false;
  expect(await box.send(letter).kept).toBe('disk');

  expect((await shelf.all()).map(({ key }) => key)).toEqual(['key 1', 'key 2']);
});

test('a letter too large for the server is refused at once', async () => {
  const { box, handed } = outbox(null);

  const { receipt } = box.send({ ...letter, d: { body: 'x'.repeat(ENTRY_BYTES_MAX) } });

  await expect(receipt).rejects.toMatchObject({ code: 'too-big' });
  expect(handed).toEqual([]);
});

test('a refused letter is kept until it is looked at, and may be sent again under its key', async () => {
  const { box, handed } = outbox(null);
  const { key, kept, receipt } = box.send(letter);
  await kept;

  box.heard({ key, refused: { code: 'validation', detail: 'no', status: 422, problem: {} } });
  await expect(receipt).rejects.toMatchObject({ code: 'validation', status: 422 });
  expect(await box.entries()).toMatchObject([{ key, refused: { code: 'validation' } }]);
  await box.retry(key);
  expect(handed.at(-1)).toMatchObject({ key });
  expect(handed.at(-1)?.refused).toBeUndefined();
  await box.discard(key);
  expect(await box.entries()).toEqual([]);
});

test('an older clock does not let what is new overtake what waits', async () => {
  const shelf = new MemoryShelf();
  await shelf.put(entry('old', { order: Date.now() + 3_600_000 }));
  const { box, handed } = outbox(shelf);

  await box.send(letter).kept;

  expect(handed.at(-1)?.order).toBeGreaterThan(Date.now() + 3_500_000);
});
