// What tabs say to each other. One of them leads: it has the socket. The others ask it, and hear from it what the server
// says. Every post is heard by all; those it is not for pass it over.

import { isMap, type Incoming, type Outgoing } from './codec';
import type { Entry, Receipt } from './entry';
import { CONNECTING, type Status } from './status';
import type { Token } from './tokens';

/** What the leader knows of its connection. */
export interface Standing {
  status: Status;
  /** Names the open connection, and changes with it; null while there is none. */
  line: string | null;
  /** The server's clock less ours. */
  offsetMs: number;
}

/** Before anybody leads. */
export const NOBODY: Standing = { status: CONNECTING, line: null, offsetMs: 0 };

export type Post =
  /** A tab asks the server something, over this connection and no other. */
  | { say: 'ask'; line: string; tab: string; request: Outgoing }
  /** Something is to be sent in its turn, by whoever leads. */
  | { say: 'entry'; entry: Entry }
  /** It is not to be sent any more. */
  | { say: 'forget'; key: string }
  /** Is anybody leading? */
  | { say: 'who'; tab: string }
  /** A tab goes, and listens to nothing any more. */
  | { say: 'bye'; tab: string }
  /** Somebody leads. `claims` when it has just begun to. */
  | { say: 'standing'; leader: string; standing: Standing; claims: boolean; hiddenMs: number }
  /** A frame of the server: for one tab, or for all. */
  | { say: 'frame'; line: string; tab: string | null; frame: Incoming }
  /** What became of an entry. */
  | { say: 'receipt'; receipt: Receipt }
  /** A person asks for another attempt. */
  | { say: 'nudge' }
  /** The token was renewed. */
  | { say: 'token'; token: Token };

/** A post as it came: from our own pages, but perhaps from those of an older version, which may not know all of these. */
export function isPost(message: unknown): message is Post {
  return isMap(message) && typeof message.say === 'string';
}
