// Why something that was asked for did not happen, and whether asking again may help. The codes are those of the server's
// problem documents and a few of the client's own.

import type { Json } from '../contract/frames';

/** A refused or failed request. */
export class Refusal extends Error {
  override readonly name = 'Refusal';

  constructor(
    /** The word programs switch on: one of the server's, or `offline`, `interrupted`, `timeout`, `too-big`, `outbox-full`,
     * `closed`, `expired`. */
    readonly code: string,
    detail: string,
    /** 0 when the server was not reached. */
    readonly status = 0,
    /** The rest of the problem document. */
    readonly problem: Json = {},
  ) {
    super(detail);
  }

  /** From the `d` of an error frame. */
  static of(d: Json): Refusal {
    const { code, detail, status } = d;
    return new Refusal(
      typeof code === 'string' ? code : 'internal',
      typeof detail === 'string' ? detail : 'the server refused without a word',
      typeof status === 'number' ? status : 500,
      d,
    );
  }

  /** How long the server asks to wait, in milliseconds. */
  get retryAfterMs(): number | null {
    const seconds = this.problem.retry_after;
    return typeof seconds === 'number' && seconds >= 0 ? Math.min(seconds, 3600) * 1000 : null;
  }
}

/** What to do after a refusal of a request that may be repeated under the same key. */
export type Advice = 'again' | 'renew' | 'maybe' | 'final';

/** Everything with status 503 is safe to repeat, as is what was interrupted. `maybe` is a fault of the server that may
 * last: it is tried a few times. */
export function advice({ code, status }: Refusal): Advice {
  if (['not-authenticated', 'token-expired', 'token-revoked'].includes(code)) return 'renew';
  if (status === 503 || ['rate-limited', 'idempotency-in-progress', 'draining', 'overloaded'].includes(code))
    return 'again';
  if (['offline', 'interrupted', 'timeout'].includes(code)) return 'again';
  return status >= 500 || code === 'conflict' ? 'maybe' : 'final';
}
