// What a socket's end means: the close codes of the protocol, each with what a client does about it. It is a table and
// does nothing.

/** What follows from an end. */
export type Next =
  /** Come back after a wait; the cursors take it from there. */
  | { then: 'retry'; leastMs: number }
  /** The same with a fresher token. */
  | { then: 'renew' }
  /** The sign-in is over. */
  | { then: 'sign_out' }
  /** Coming back by itself would do harm; a person may ask for it. */
  | { then: 'rest'; reason: 'crowded_out' | 'protocol' };

/** A client that was too fast stays away for as long as it takes its bucket to fill. */
const CALM_MS = 5_000;

export function next(code: number): Next {
  switch (code) {
    case 4001:
      return { then: 'renew' };
    case 4009:
      return { then: 'sign_out' };
    // Eleven browsers of one person that each come back at once would close each other for ever.
    case 4011:
      return { then: 'rest', reason: 'crowded_out' };
    // The server could not make sense of us: the same bytes would meet the same answer.
    case 1002:
    case 1003:
    case 1007:
    case 1009:
    case 4003:
    case 4004:
      return { then: 'rest', reason: 'protocol' };
    case 4029:
      return { then: 'retry', leastMs: CALM_MS };
    // 1006 without a word, 1011, 1012, 4000 silent, 4008 too slow, 4010 draining, and codes of later servers.
    default:
      return { then: 'retry', leastMs: 0 };
  }
}
