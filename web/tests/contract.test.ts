// The generated types are those of the contract as it is now.

import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { stale, written } from '../scripts/contract.mjs';
import { frames, type Sampled } from '../scripts/frames.mjs';

const contract = JSON.parse(
  readFileSync(new URL('../../schema/contract/frames.json', import.meta.url), 'utf8'),
) as Sampled;

test('the types in src/contract are not stale: `npm run contract` makes them anew', async () => {
  const files = await written();

  expect(Object.keys(files)).toEqual(['openapi.ts', 'problem.ts', 'frames.ts']);
  expect(await stale(files)).toEqual([]);
});

test('a stale file is noticed, and so is a missing one', async () => {
  const files = await written();

  const changed = { 'openapi.ts': files['openapi.ts'], 'frames.ts': `${files['frames.ts']}\n`, 'more.ts': '' };

  expect(await stale({ ...changed, 'more.ts': 'x' })).toEqual(['frames.ts', 'more.ts']);
});

test('a field that one sample leaves out is optional, and another kind of value widens its type', () => {
  const pong = { about: 'again', json: { t: 'pong', ref: null, d: { server_time: 1 } } };

  const text = frames({ ...contract, from_server: [...contract.from_server, pong] });

  expect(text).toContain('/** the answer to a ping; again */');
  expect(text).toMatch(/interface PongFrame \{[^}]*\};\n {2}ref: null \| string;\n {2}t: 'pong';\n {2}ts\?: number;/);
});
