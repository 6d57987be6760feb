// The tables and rules of the client: waits, close codes, refusals, cursors, pace, rooms of many tabs.

import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Time } from '../../tests/realtime/time';
import { FIRST_MS, LONGEST_MS, wait } from './backoff';
import { next } from './closing';
import { judge } from './cursor';
import { Pace, WAITING_MAX } from './pace';
import { advice, Refusal } from './refusal';
import { Roster } from './roster';

test('waits are spread up to their bound, which doubles up to the longest', () => {
  fc.assert(
    fc.property(fc.nat(100), fc.double({ min: 0, max: 0.999, noNaN: true }), (attempt, chance) => {
      const bound = Math.min(FIRST_MS * 2 ** attempt, LONGEST_MS);
      expect(wait(attempt, () => chance)).toBeCloseTo(bound * chance);
    }),
  );
});

test('each close code is answered as the protocol has it', () => {
  for (const code of [1000, 1001, 1005, 1006, 1011, 1012, 4000, 4008, 4010, 4999])
    expect(next(code)).toEqual({ then: 'retry', leastMs: 0 });
  for (const code of [1002, 1003, 1007, 1009, 4003, 4004])
    expect(next(code)).toEqual({ then: 'rest', reason: 'protocol' });
  expect(next(4001)).toEqual({ then: 'renew' });
  expect(next(4009)).toEqual({ then: 'sign_out' });
  expect(next(4011)).toEqual({ then: 'rest', reason: 'crowded_out' });
  expect(next(4029)).toMatchObject({ then: 'retry' });
});

test('what may be repeated is repeated, and what is refused is not', () => {
  const of = (code: string, status: number) => advice(new Refusal(code, '', status));

  for (const code of ['maintenance', 'overloaded', 'store-unavailable', 'outcome-unknown', 'draining'])
    expect(of(code, 503)).toBe('again');
  expect([of('rate-limited', 429), of('idempotency-in-progress', 409), of('interrupted', 0)]).toEqual([
    'again',
    'again',
    'again',
  ]);
  expect([of('token-expired', 401), of('not-authenticated', 401)]).toEqual(['renew', 'renew']);
  expect([of('internal', 500), of('conflict', 409)]).toEqual(['maybe', 'maybe']);
  for (const [code, status] of [
    ['validation', 422],
    ['forbidden', 403],
    ['not-found', 404],
    ['version-conflict', 412],
  ] as const) {
    expect(of(code, status)).toBe('final');
  }
  expect(Refusal.of({ code: 'rate-limited', status: 429, retry_after: 7 }).retryAfterMs).toBe(7_000);
  expect(Refusal.of({}).code).toBe('internal');
});

test('of two neighbours the later is next, what is further leaves a hole', () => {
  expect([judge(4, 3), judge(4, 4), judge(4, 5), judge(4, 6)]).toEqual(['repeat', 'repeat', 'next', 'gap']);
});

test('no second lets more through than the server allows', async () => {
  const time = new Time();
  const at: number[] = [];
  const pace = new Pace<number>({ now: () => time.now, after: (ms, act) => time.after(ms, act) }, () =>
    at.push(time.now),
  );

  const taken = Array.from({ length: 400 }, (_, n) => pace.take(n)).filter(Boolean).length;
  await time.pass(20_000);

  expect(taken).toBe(48 + WAITING_MAX);
  expect(at).toHaveLength(taken);
  for (const start of at)
    expect(at.filter((other) => other > start && other <= start + 1_000).length).toBeLessThanOrEqual(48 + 25);
  const [first = 0] = at;
  expect(at.filter((other) => other < first + 1_000).length).toBeLessThanOrEqual(60 + 30);
});

test('a room is left with its last tab, and watched are those whom any tab watches', () => {
  const roster = new Roster();
  roster.join('a', 'one');
  roster.join('a', 'two');
  roster.join('b', 'two');

  expect(roster.leave('a', 'one')).toBe(false);
  expect(roster.gone('two')).toEqual(['a', 'b']);
  expect(roster.watch('one', ['x', 'y'])).toEqual(['x', 'y']);
  expect(roster.watch('two', ['y', 'z'])).toEqual(['y', 'z', 'x']);
  roster.gone('one');
  expect(roster.watch('two', ['z'])).toEqual(['z']);
});
