// Made from schema/contract/frames.json by `npm run contract`; a test fails when it is stale.

import type { components } from './problem';

/** What an operation or an event holds; its shape is named by `openapi.ts`. */
export type Json = Record<string, unknown>;

/** A refusal, RFC 9457. */
export type Problem = components['schemas']['Problem'];

/** Sub-protocols, the usual one first. */
export const SUB_PROTOCOLS = ['ecosystia.v1.msgpack', 'ecosystia.v1.json'] as const;

/** What a frame of the server may be. */
export const KINDS = ['ephemeral', 'error', 'event', 'goaway', 'hello', 'pong', 'reply', 'resync', 'revoked'] as const;

/** who is there; the first frame, where no ticket was given */
export interface AuthRequest {
  d: {
    token: string;
  };
  op: 'auth';
  ref: string;
}

/** a fresher token on the same socket */
export interface RefreshRequest {
  d: {
    token: string;
  };
  op: 'refresh';
  ref: string;
}

/** listen to a room from now on; listen again, from where a former visit ended */
export interface JoinRequest {
  d?: {
    after_seq?: number;
    epoch?: string;
  };
  op: 'join';
  ref: string;
  room: string;
}

/** stop listening */
export interface LeaveRequest {
  op: 'leave';
  ref: string;
  room: string;
}

/** something momentary, for those who listen now */
export interface WhisperRequest {
  d: Json;
  op: 'whisper';
  ref?: string;
  room: string;
}

/** stored events of a room that is joined */
export interface HistoryRequest {
  d: {
    after_seq: number;
    limit: number;
  };
  op: 'history';
  ref: string;
  room: string;
}

/** see how these people are from now on, and no others: up to 100 */
export interface PresenceWatchRequest {
  d: {
    user_ids: string[];
  };
  op: 'presence.watch';
  ref: string;
}

/** still here */
export interface PingRequest {
  op: 'ping';
  ref?: string;
}

/** any operation of the catalogue; `d` is its REST body with the names of its path; an operation based on a version, as `If-Match` is on REST */
export interface CallRequest {
  d: Json;
  idem?: string;
  if_match?: string;
  name: string;
  op: 'call';
  ref: string;
}

/** the socket is open and its holder known */
export interface HelloFrame {
  d: {
    connection_id: number;
    heartbeat_ms: number;
    limits: {
      call_bytes: number;
      connections: number;
      frame_bytes: number;
      history_events: number;
      ops_burst: number;
      ops_per_second: number;
      rooms: number;
    };
    resume_window_s: number;
    server_time: number;
    user_id: string;
  };
  t: 'hello';
  ts: number;
}

/** to auth and refresh: who it is, and until when */
export interface AuthReply {
  d: {
    expires_at: string;
    user_id: string;
  };
  ref: string;
  t: 'reply';
  ts: number;
}

/** to a join: where the room stands; what was missed follows as events */
export interface JoinReply {
  d: {
    epoch: string;
    missed: number;
    presence: {
      count: number;
      users: string[];
    } | null;
    seq: number;
  };
  ref: string;
  room: string;
  t: 'reply';
  ts: number;
}

/** to history: stored events in their order */
export interface HistoryReply {
  d: {
    events: {
      d: {
        actor_id: string;
        actor_kind: string;
        data: Json;
        entity: {
          id: string;
          type: string;
          version: number;
        };
        id: string;
        name: string;
        occurred_at: string;
        org_id: string;
        request_id: string;
        schema: number;
      };
      seq: number;
      ts: number;
    }[];
    has_more: boolean;
  };
  ref: string;
  room: string;
  t: 'reply';
  ts: number;
}

/** to leave and whisper: done */
export interface LeaveReply {
  d: Record<string, never>;
  ref: string;
  room: string;
  t: 'reply';
  ts: number;
}

/** to presence.watch: how they are, and who may not be seen */
export interface PresenceWatchReply {
  d: {
    refused: string[];
    users: {
      at: string;
      last_activity_at: string;
      state: string;
      user_id: string;
    }[];
  };
  ref: string;
  t: 'reply';
  ts: number;
}

/** to a call: what REST would have answered */
export interface CallReply {
  d: {
    body: Json | null;
    etag?: string;
    status: number;
  };
  ref: string;
  t: 'reply';
  ts: number;
}

/** the one answer to a refused request, a problem document of RFC 9457 */
export interface ErrorFrame {
  d: Problem;
  ref?: string;
  room?: string;
  t: 'error';
  ts: number;
}

/** a fact of a room, numbered without a gap */
export interface EventFrame {
  d: {
    actor_id?: string;
    actor_kind: string;
    data: Json;
    entity: {
      id: string;
      type: string;
      version: number;
    };
    id: string;
    name: string;
    occurred_at: string;
    org_id: string;
    request_id?: string;
    schema: number;
  };
  room: string;
  seq: number;
  t: 'event';
  ts: number;
}

/** who came and went, once a second at most; how somebody is who is watched; a whisper of another listener, which may be lost */
export interface EphemeralFrame {
  d: Json;
  room: string;
  t: 'ephemeral';
  ts: number;
}

/** what was missed can't be told again: reload through REST, the room goes on after `seq` */
export interface ResyncFrame {
  d: {
    reason: string;
    seq: number;
  };
  room: string;
  t: 'resync';
  ts: number;
}

/** this room may no longer be heard */
export interface RevokedFrame {
  d: Record<string, never>;
  room: string;
  t: 'revoked';
  ts: number;
}

/** the server is about to close: come back after `after_ms` */
export interface GoawayFrame {
  d: {
    after_ms: number;
  };
  t: 'goaway';
  ts: number;
}

/** the answer to a ping */
export interface PongFrame {
  d: {
    server_time: number;
  };
  ref: string;
  t: 'pong';
  ts: number;
}

export type Request = AuthRequest | RefreshRequest | JoinRequest | LeaveRequest | WhisperRequest | HistoryRequest | PresenceWatchRequest | PingRequest | CallRequest;

export type Response = HelloFrame | AuthReply | JoinReply | HistoryReply | LeaveReply | PresenceWatchReply | CallReply | ErrorFrame | EventFrame | EphemeralFrame | ResyncFrame | RevokedFrame | GoawayFrame | PongFrame;
