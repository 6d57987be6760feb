// What may happen to a client, as small steps that a generator puts in any order.

import fc from 'fast-check';
import { CALM } from './faults';
import { ROOMS, type Opened, type World } from './world';

export type Trouble =
  | { is: 'open' | 'cut' | 'mend' | 'offline' | 'online' | 'crowd' | 'trim' | 'restore' | 'hush' | 'full' | 'room' }
  | { is: 'close' | 'crash' | 'thaw' | 'hide' | 'show' | 'nudge'; tab: number }
  | { is: 'freeze'; tab: number; told: boolean }
  | { is: 'skew'; tab: number; hours: number }
  | { is: 'send' | 'relisten'; tab: number; room: number }
  | { is: 'post'; room: number }
  | { is: 'restart' | 'drain' | 'sleep'; ms: number }
  | { is: 'end'; code: number }
  | { is: 'noise'; drop: number; repeat: number; swap: number; refuse: number };

const tab = fc.nat(3);
const room = fc.nat(1);
const some = <T extends Trouble['is']>(...words: T[]) => fc.constantFrom(...words);
const share = fc.constantFrom(0, 0.1, 0.4);

/** Talk is more frequent than trouble, or nothing would be seen of it. */
export const trouble: fc.Arbitrary<Trouble> = fc.oneof(
  { weight: 8, arbitrary: fc.record({ is: fc.constant('send' as const), tab, room }) },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('relisten' as const), tab, room }) },
  { weight: 6, arbitrary: fc.record({ is: fc.constant('post' as const), room }) },
  { weight: 3, arbitrary: fc.record({ is: some('close', 'crash', 'thaw', 'hide', 'show', 'nudge'), tab }) },
  { weight: 2, arbitrary: fc.record({ is: some('open') }) },
  {
    weight: 3,
    arbitrary: fc.record({
      is: some('cut', 'mend', 'offline', 'online', 'crowd', 'trim', 'restore', 'hush', 'full', 'room'),
    }),
  },
  { weight: 2, arbitrary: fc.record({ is: fc.constant('freeze' as const), tab, told: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ is: fc.constant('skew' as const), tab, hours: fc.constantFrom(-1, 1) }) },
  {
    weight: 3,
    arbitrary: fc.record({ is: some('restart', 'drain', 'sleep'), ms: fc.integer({ min: 10, max: 90_000 }) }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      is: fc.constant('end' as const),
      code: fc.constantFrom(1006, 1011, 4000, 4001, 4008, 4011, 4029),
    }),
  },
  {
    weight: 3,
    arbitrary: fc.record({ is: fc.constant('noise' as const), drop: share, repeat: share, swap: share, refuse: share }),
  },
);

/** Lets one trouble happen. */
export async function happen(world: World, what: Trouble, n: number): Promise<void> {
  const { server, browser, time } = world;
  const open = world.tabs.filter(({ page }) => page.isOpen);
  const chosen = (tab: number): Opened => open[tab % open.length] ?? world.open();
  switch (what.is) {
    case 'open':
      if (open.length < 4) world.open();
      break;
    case 'send':
      world.send(chosen(what.tab), ROOMS[what.room] ?? '');
      break;
    case 'relisten':
      world.listen(chosen(what.tab), ROOMS[what.room] ?? '');
      break;
    case 'post':
      server.post(ROOMS[what.room] ?? '', `post ${n}`);
      break;
    case 'close':
      if (open.length > 0) chosen(what.tab).page.close();
      break;
    case 'crash':
      if (open.length > 0) chosen(what.tab).page.crash();
      break;
    case 'freeze':
      chosen(what.tab).page.freeze(what.told);
      break;
    case 'thaw':
      chosen(what.tab).page.thaw();
      break;
    case 'hide':
    case 'show': {
      const { page } = chosen(what.tab);
      page.isVisible = what.is === 'show';
      page.tell(page.isVisible ? 'visible' : 'hidden');
      break;
    }
    case 'nudge':
      chosen(what.tab).client.retry();
      break;
    case 'skew':
      chosen(what.tab).page.skewMs += what.hours * 3_600_000;
      break;
    case 'cut':
      browser.isCut = true;
      break;
    case 'mend':
      browser.isCut = false;
      break;
    case 'offline':
    case 'online':
      browser.isOnline = what.is === 'online';
      open.forEach(({ page }) => page.tell(browser.isOnline ? 'online' : 'offline'));
      break;
    case 'crowd':
      for (let more = 0; more < 30; more += 1) server.post(ROOMS[0] ?? '', `crowd ${n}/${more}`);
      break;
    case 'trim':
      ROOMS.forEach((name) => (server.room(name).trimmed = Math.max(0, server.room(name).log.length - 3)));
      break;
    case 'restore':
      ROOMS.forEach((name) => (server.room(name).epoch += 1));
      server.restart(500);
      break;
    case 'hush':
      server.faults = CALM;
      break;
    case 'full':
      browser.diskIsFull = !browser.diskIsFull;
      break;
    case 'room':
      server.tokenLifeMs = server.tokenLifeMs === 900_000 ? 30_000 : 900_000;
      break;
    case 'restart':
      server.restart(what.ms / 10);
      break;
    case 'drain':
      server.drain(what.ms / 10);
      break;
    case 'sleep':
      await sleep(world, open, what.ms * 20);
      break;
    case 'end':
      server.endAll(what.code);
      break;
    case 'noise': {
      const { is: _is, ...faults } = what;
      server.faults = faults;
      break;
    }
  }
  await time.pass([7, 60, 900, 7_000][n % 4] ?? 0);
}

/** The lid is shut: every page stands still, and the server gives up. */
async function sleep({ server, time }: World, open: Opened[], ms: number): Promise<void> {
  const awake = open.filter(({ page }) => !page.isFrozen);
  awake.forEach(({ page }) => page.freeze(false));
  await time.pass(Math.min(ms, 70_000));
  server.endAll(4000);
  await time.pass(ms);
  awake.forEach(({ page }) => page.thaw());
}

/** Everything becomes well again, and stays so for long. */
export async function calm(world: World): Promise<void> {
  const { server, browser, time } = world;
  server.faults = CALM;
  server.tokenLifeMs = 900_000;
  browser.isCut = browser.diskIsFull = false;
  browser.isOnline = true;
  for (const { page } of world.tabs) {
    page.thaw();
    page.isVisible = true;
    if (page.isOpen) page.tell('online');
  }
  if (!world.tabs.some(({ page }) => page.isOpen)) world.open();
  // The longest waits: a minute of silence before a dead line is noticed, half a minute of backoff, and once more.
  await time.pass(240_000);
  // A last event that was lost shows in the one after it.
  ROOMS.forEach((name) => server.post(name, `last of ${name}`));
  await time.pass(60_000);
}
