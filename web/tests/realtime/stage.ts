// One tab that is connected, and what a scenario looks at.

import { World } from './world';

export async function stage() {
  const world = new World(5);
  const tab = world.open();
  await world.time.pass(500);
  const { client, page } = tab;
  const ops = (op: string) => world.server.received.filter((request) => request.op === op).length;
  return {
    world,
    server: world.server,
    browser: world.browser,
    tab,
    client,
    page,
    ops,
    pass: (ms: number) => world.time.pass(ms),
  };
}
