// The access token of this sign-in: kept in memory, renewed before it ends, once for all who ask at a time and once for all
// tabs. Its life is measured from when it came, on this machine's clock, so a clock that is an hour wrong does no harm.
// Signing in is not its business.

import { Refusal } from './refusal';
import type { Cancel, Clock, Locks } from './surroundings';

/** A token as a sign-in or a renewal gives it. */
export interface Token {
  text: string;
  /** How long it is good for, from now. */
  lifeMs: number;
}

/** Asks the server for the next token. It throws a `Refusal` with status 401 or 403 when the sign-in is over, and anything
 * else when asking again may help. */
export type Renew = () => Promise<Token>;

/** A token is renewed when this much of its life is over: what is left is time for a few attempts. */
const SPENT = 0.8;
const LOCK = 'ecosystia:renew';

export class Tokens {
  private token: (Token & { at: number }) | null;
  private refused: string | null = null;
  private flight: Promise<string> | null = null;
  private readonly listeners = new Set<(token: Token) => void>();

  constructor(
    private readonly parts: { clock: Clock; locks: Locks | null; renew: Renew },
    first: Token | null = null,
  ) {
    this.token = first === null ? null : { ...first, at: parts.clock.now() };
  }

  /** A token that is good for now; renewed if it is due. */
  get(): Promise<string> {
    const { token } = this;
    if (token !== null && this.dueMs() > 0) return Promise.resolve(token.text);
    this.flight ??= this.renew().finally(() => (this.flight = null));
    return this.flight;
  }

  /** The server did not take this token: whoever asks next gets another. */
  refuse(text: string): void {
    this.refused = text;
  }

  /** In how many milliseconds the token should be renewed; 0 when it is due. */
  dueMs(): number {
    const { token } = this;
    if (token === null || token.text === this.refused) return 0;
    // A clock that was set back would make the token look younger than new.
    const age = Math.max(0, this.parts.clock.now() - token.at);
    return Math.max(0, token.lifeMs * SPENT - age);
  }

  /** Takes over what another tab, or a sign-in, got. */
  accept(token: Token): void {
    this.token = { ...token, at: this.parts.clock.now() };
  }

  /** Told each time this tab renewed the token. */
  onRenewed(listener: (token: Token) => void): Cancel {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }

  private async renew(): Promise<string> {
    const before = this.token?.text;
    const act = async (): Promise<string> => {
      // Another tab may have been first while we stood in line.
      if (this.token !== null && this.token.text !== before && this.dueMs() > 0) return this.token.text;
      const token = await this.parts.renew();
      this.accept(token);
      this.listeners.forEach((listener) => listener(token));
      return token.text;
    };
    if (this.parts.locks === null) return act();
    return (await this.parts.locks.request(LOCK, {}, act)) as string;
  }
}

/** Whether a failed renewal means that the person has to sign in again. */
export function isSignedOut(fault: unknown): boolean {
  return fault instanceof Refusal && (fault.status === 401 || fault.status === 403);
}
