// Tokens: renewed in time, once, whatever the clock says.

import { expect, test } from 'vitest';
import { LockTable } from '../../tests/realtime/locks';
import { settled, Time } from '../../tests/realtime/time';
import { Refusal } from './refusal';
import { renewal } from './renewal';
import type { Locks } from './surroundings';
import { isSignedOut, Tokens } from './tokens';

function stage(skewMs = 0) {
  const time = new Time();
  const clock = { now: () => time.now + skewMs, after: (ms: number, act: () => void) => time.after(ms, act) };
  const table = new LockTable();
  const place = { run: (act: () => void) => act() };
  const locks: Locks = { request: (name, options, held) => table.request(place, name, options, held) };
  let made = 0;
  const renew = async () => {
    await new Promise<void>((resolve) => time.after(100, resolve));
    return { text: `token ${++made}`, lifeMs: 100_000 };
  };
  return { time, clock, locks, renew, count: () => made };
}

test.each([0, 3_600_000, -3_600_000])(
  'a token is renewed at four fifths of its life, on a clock that is %i ms wrong',
  async (skew) => {
    const { time, clock, renew, count } = stage(skew);
    const tokens = new Tokens({ clock, locks: null, renew }, { text: 'first', lifeMs: 100_000 });

    expect(await tokens.get()).toBe('first');
    await time.pass(79_000);
    expect([await tokens.get(), tokens.dueMs()]).toEqual(['first', 1_000]);
    await time.pass(1_000);
    const [one, two] = [tokens.get(), tokens.get()];
    await time.pass(200);
    expect([await one, await two, count()]).toEqual(['token 1', 'token 1', 1]);
  },
);

test('a token that was refused is renewed, however young', async () => {
  const { time, clock, renew } = stage();
  const tokens = new Tokens({ clock, locks: null, renew }, { text: 'first', lifeMs: 100_000 });

  tokens.refuse('first');
  const next = tokens.get();
  await time.pass(200);

  expect(await next).toBe('token 1');
});

test('tabs that need a token at once make one renewal', async () => {
  const { time, clock, locks, renew, count } = stage();
  const [one, two] = [new Tokens({ clock, locks, renew }), new Tokens({ clock, locks, renew })];
  one.onRenewed((token) => two.accept(token));

  const both = Promise.all([one.get(), two.get()]);
  await time.pass(300);

  expect([await both, count()]).toEqual([['token 1', 'token 1'], 1]);
});

test('a renewal that failed is tried again by whoever asks next', async () => {
  const { clock } = stage();
  let fails = true;
  const renew = () => (fails ? Promise.reject(new TypeError('no network')) : Promise.resolve({ text: 'x', lifeMs: 1 }));
  const tokens = new Tokens({ clock, locks: null, renew });

  await expect(tokens.get()).rejects.toThrow('no network');
  fails = false;
  await settled();
  expect(await tokens.get()).toBe('x');
});

test('only the server ends a sign-in', async () => {
  const answers = (status: number, body: unknown) =>
    renewal(() => Promise.resolve(new Response(JSON.stringify(body), { status })), 'https://x');

  expect(await answers(200, { access_token: 't', expires_in: 900 })()).toEqual({ text: 't', lifeMs: 900_000 });
  const fault = async (status: number, body: unknown) =>
    isSignedOut(await answers(status, body)().catch((error: unknown) => error));
  expect(await fault(401, { code: 'token-revoked', status: 401 })).toBe(true);
  expect(await fault(503, { code: 'draining', status: 503 })).toBe(false);
  expect(await fault(200, { surprise: true })).toBe(false);
  expect(isSignedOut(new TypeError('no network'))).toBe(false);
  expect(isSignedOut(new Refusal('account-not-active', '', 403))).toBe(true);
});
