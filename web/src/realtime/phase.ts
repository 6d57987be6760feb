// The states of the one socket, each with what belongs to it and ends with it, and what a person sees of them.

import type { Heartbeat } from './heartbeat';
import type { Status } from './status';
import type { Cancel, Wire } from './surroundings';

export type Phase =
  | { at: 'idle' | 'suspended' }
  | { at: 'connecting'; wire: Wire | null; limit: Cancel }
  | { at: 'authenticating'; wire: Wire; token: string; limit: Cancel }
  | { at: 'live'; wire: Wire; heartbeat: Heartbeat; settled: Cancel; leaving: boolean }
  | { at: 'backing_off'; alarm: Cancel | null; untilMs: number }
  | { at: 'resting'; reason: 'crowded_out' | 'protocol' }
  | { at: 'closed'; reason: 'closed' | 'signed_out' | 'another_user' };

/** `attempts` counts those in a row that came to nothing. */
export function statusOf(phase: Phase, attempts: number, online: boolean, now: number): Status {
  switch (phase.at) {
    case 'live':
      return phase.leaving ? { state: 'live', reason: 'draining' } : { state: 'live' };
    case 'closed':
      if (phase.reason === 'closed') return { state: 'offline' };
      return { state: 'signed_out', ...(phase.reason === 'another_user' && { reason: 'another_user' }) };
    case 'suspended':
      return { state: 'offline', reason: 'suspended' };
    case 'resting':
      return { state: 'offline', reason: phase.reason };
    default:
      if (!online) return { state: 'offline' };
      if (attempts === 0) return { state: 'connecting' };
      if (phase.at !== 'backing_off') return { state: 'retrying' };
      return { state: 'retrying', retryInMs: Math.max(0, phase.untilMs - now) };
  }
}
