// Frames to bytes and back, in the two spellings of the protocol. A frame of a kind that is not known is passed over, so
// that a server may learn new words before its clients do. It never looks into `d` any further than that it is there.

import { decode, encode } from '@msgpack/msgpack';
import { KINDS, SUB_PROTOCOLS, type Json } from '../contract/frames';

export type Kind = (typeof KINDS)[number];

/** What a client sends. */
export interface Outgoing {
  op: string;
  ref?: string;
  room?: string;
  name?: string;
  idem?: string;
  if_match?: string;
  d?: Json;
}

/** What a server sends. Its parts are looked at by those who handle them: what comes over a wire is never believed whole. */
export interface Incoming {
  t: Kind;
  ref?: string;
  room?: string;
  seq?: number;
  ts: number;
  d: Json;
}

export interface Codec {
  protocol: string;
  encode(request: Outgoing): Uint8Array | string;
  /** `null` for what is not understood. */
  decode(data: Uint8Array | string): Incoming | null;
}

const [MSGPACK, JSON_TEXT] = SUB_PROTOCOLS;

/** The server's largest frame is a page of history, 256 KB; longer strings are none of ours. */
const LIMITS = {
  maxStrLength: 1 << 20,
  maxBinLength: 0,
  maxExtLength: 0,
  maxArrayLength: 1 << 16,
  maxMapLength: 1 << 16,
};

/** The usual spelling. */
export const msgpack: Codec = {
  protocol: MSGPACK,
  encode: (request) => encode(request, { ignoreUndefined: true }),
  decode: (data) => (typeof data === 'string' ? null : attempt(() => frame(decode(data, LIMITS)))),
};

/** The readable one, for debugging. */
export const json: Codec = {
  protocol: JSON_TEXT,
  encode: (request) => JSON.stringify(request),
  decode: (data) => (typeof data === 'string' ? attempt(() => frame(JSON.parse(data))) : null),
};

function attempt(read: () => Incoming | null): Incoming | null {
  try {
    return read();
  } catch {
    return null;
  }
}

function frame(value: unknown): Incoming | null {
  if (!isMap(value)) return null;
  const { t, ref, room, seq, ts, d } = value;
  const kind = KINDS.find((known) => known === t);
  if (kind === undefined) return null;
  if (seq !== undefined && !(Number.isSafeInteger(seq) && (seq as number) > 0)) return null;
  return {
    t: kind,
    ts: typeof ts === 'number' ? ts : 0,
    d: isMap(d) ? d : {},
    ...(typeof ref === 'string' && { ref }),
    ...(typeof room === 'string' && { room }),
    ...(seq !== undefined && { seq: seq as number }),
  };
}

export function isMap(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
