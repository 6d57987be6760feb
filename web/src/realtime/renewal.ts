// The usual way to renew a token: the server's own route, to which the browser adds a cookie that no script can read. A
// program without cookies hands its refresh token in, and is handed the next.

import { isMap } from './codec';
import { Refusal } from './refusal';
import type { Renew } from './tokens';

const PATH = '/api/v1/auth/token/refresh/';

/** A refresh token that is kept by the program itself. */
export interface Kept {
  read(): string;
  write(next: string): void;
}

export function renewal(ask: typeof fetch, origin: string, kept?: Kept): Renew {
  return async () => {
    const response = await ask(`${origin}${PATH}`, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(kept === undefined ? {} : { refresh_token: kept.read() }),
    });
    const body: unknown = await response.json().catch(() => null);
    if (!isMap(body)) throw new Refusal('internal', 'the answer is not understood', response.status);
    if (!response.ok) throw Refusal.of(body);
    const { access_token: text, expires_in: seconds, refresh_token: next } = body;
    if (typeof text !== 'string' || typeof seconds !== 'number') {
      throw new Refusal('internal', 'the answer holds no token', 500);
    }
    if (typeof next === 'string') kept?.write(next);
    return { text, lifeMs: seconds * 1000 };
  };
}
