// Something to be sent: a call under a key, which makes repeating it harmless. It is plain data, so that a database and
// another tab can hold it.

import type { Json } from '../contract/frames';
import { isMap, type Incoming } from './codec';
import { Refusal } from './refusal';

export interface Entry {
  /** The idempotency key. It stays the same through every attempt, in every tab, after every reload. */
  key: string;
  /** What is sent in one lane arrives in its order; a lane is a room, mostly. */
  lane: string;
  /** Its place in the lane. */
  order: number;
  /** The operation and its input. */
  name: string;
  d: Json;
  ifMatch?: string;
  /** When it was first sent. From then on the server may have done it. */
  triedAt?: number;
  /** It was refused for good, and waits for somebody to look at it. */
  refused?: { code: string; detail: string; status: number; problem: Json };
}

/** What a call answered, as REST would have. */
export interface Answer {
  status: number;
  etag?: string;
  body: Json | null;
}

/** What became of an entry. */
export type Receipt = { key: string; answer: Answer } | { key: string; refused: NonNullable<Entry['refused']> };

/** How long after its first attempt an entry may be repeated. The server remembers keys for 24 hours; the rest is for
 * clocks that jump. */
export const REPEAT_MS = 20 * 3_600_000;

export function plain({ code, message, status, problem }: Refusal): NonNullable<Entry['refused']> {
  return { code, detail: message, status, problem };
}

/** Entries in the order in which they are to be sent. */
export function byOrder(a: Entry, b: Entry): number {
  return a.order - b.order || (a.key < b.key ? -1 : 1);
}

/** The outcome of a call, from the frame that answers it. */
export function answerOf(frame: Incoming): Answer | Refusal {
  if (frame.t === 'error') return Refusal.of(frame.d);
  const { status, etag, body } = frame.d;
  return {
    status: typeof status === 'number' ? status : 200,
    ...(typeof etag === 'string' && { etag }),
    body: isMap(body) ? body : null,
  };
}
