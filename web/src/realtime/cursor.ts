// How far a room was heard. Numbers of a room rise by one; what comes twice is dropped, what leaves a hole is not taken.
// It is a rule without memory of its own.

export interface Cursor {
  /** Which life of the room the number belongs to; null when only the number is known. */
  epoch: string | null;
  /** The last event that was told on. */
  seq: number;
}

export type Verdict = 'next' | 'repeat' | 'gap';

/** What an event with this number is to somebody who heard the room up to `last`. */
export function judge(last: number, seq: number): Verdict {
  if (seq <= last) return 'repeat';
  return seq === last + 1 ? 'next' : 'gap';
}
