// How the connection is, in the words of the screen. It says nothing about single rooms.

/** What a person sees. */
export interface Status {
  state: 'connecting' | 'live' | 'retrying' | 'offline' | 'signed_out';
  /** Why it is so, where there is more to say. */
  reason?: 'crowded_out' | 'protocol' | 'suspended' | 'another_user' | 'draining';
  /** In how many milliseconds the next attempt was planned, when this was said. */
  retryInMs?: number;
}

export const CONNECTING: Status = { state: 'connecting' };

export function same(a: Status, b: Status): boolean {
  return a.state === b.state && a.reason === b.reason && a.retryInMs === b.retryInMs;
}
