// The law: what a tab is told of a room is a beginning of the room's log, without a hole and without a repetition, and in
// the end all of it; every acknowledged letter is in the log once; letters of one lane stand in their order. It must hold
// whatever happens to the network, the server, the tabs and the clocks. A seed that fails is printed, and replays.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { calm, happen, trouble, type Trouble } from './troubles';
import { World, type Flaw } from './world';

/** `ECOSYSTIA_MODEL_RUNS=5000 npx vitest run tests/realtime/model` for a long look. */
const RUNS = Number(process.env.ECOSYSTIA_MODEL_RUNS ?? 500);

async function lived(seed: number, troubles: Trouble[], flaw: Flaw | null): Promise<World> {
  const world = new World(seed, flaw);
  world.open();
  await world.time.pass(200);
  for (const [n, what] of troubles.entries()) {
    await happen(world, what, n);
    world.check();
  }
  await calm(world);
  world.checkEnd();
  return world;
}

const lives = fc.tuple(fc.nat(1_000_000), fc.array(trouble, { minLength: 5, maxLength: 45, size: 'max' }));

test('the law holds through any trouble', async () => {
  const reached = { letters: 0, resyncs: 0, replays: 0, stolen: 0, rejoins: 0 };
  await fc.assert(
    fc.asyncProperty(lives, async ([seed, troubles]) => {
      const world = await lived(seed, troubles, null);
      const { server, browser, sent } = world;
      reached.letters += sent.length;
      reached.resyncs += [...server.rooms.values()].reduce((sum, { resyncs }) => sum + resyncs, 0);
      reached.replays += server.replays;
      reached.stolen += browser.locks.stolen;
      reached.rejoins += server.received.filter(({ op, d }) => op === 'join' && Number(d?.after_seq) > 0).length;
    }),
    { numRuns: RUNS },
  );
  // What never happened was not proven.
  for (const [what, times] of Object.entries(reached)) expect(times, what).toBeGreaterThan(RUNS / 10);
}, 600_000);

describe('a client that is wrong is found out', () => {
  test.each<Flaw>(['takes_gaps', 'takes_repeats', 'forgets_keys', 'forgets_letters', 'sends_unsaved'])(
    '%s',
    async (flaw) => {
      const found = await fc.check(
        fc.asyncProperty(lives, async ([seed, troubles]) => {
          await lived(seed, troubles, flaw);
        }),
        { numRuns: 200, endOnFailure: true },
      );

      expect(found.failed).toBe(true);
    },
    600_000,
  );
});
