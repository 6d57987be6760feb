// The one socket: idle, connecting, authenticating, live, backing off, suspended, closed. It opens, signs in, keeps the
// token fresh and the line alive, and comes back after an end. It knows neither rooms nor calls; frames that are not its
// own business it hands on.

import { wait } from './backoff';
import { next } from './closing';
import type { Codec, Incoming, Outgoing } from './codec';
import { Heartbeat } from './heartbeat';
import { Offset } from './offset';
import { statusOf, type Phase } from './phase';
import type { Status } from './status';
import type { Cancel, Surroundings, Wire } from './surroundings';
import { isSignedOut, type Tokens } from './tokens';

export interface Parts extends Pick<Surroundings, 'clock' | 'chance' | 'open' | 'page'> {
  tokens: Tokens;
  codec: Codec;
  url: string;
  /** Whose connection it is. A token of somebody else, after a change of accounts in another tab, opens none. */
  user: string;
}

export interface Hearer {
  /** Signed in; the frame is the hello. */
  up(hello: Incoming): void;
  /** What was asked and not answered is not going to be. */
  down(): void;
  heard(frame: Incoming): void;
  /** `status` has changed. */
  changed(): void;
}

/** From the first step to the hello: longer than a queue at the door, shorter than a dead server. */
const COME_IN_MS = 15_000;
/** A connection that lasted this long has succeeded: the next wait is a short one again. */
const SETTLED_MS = 10_000;
/** After `goaway` the server closes within seconds; if not, we do. */
const LEAVE_MS = 10_000;
const HEARTBEAT_MS = 25_000;

export class Connection {
  private phase: Phase = { at: 'idle' };
  /** Attempts in a row that have not settled. */
  private attempts = 0;
  /** The server asked for some distance, until then. */
  private away: { cancel: Cancel; untilMs: number } | null = null;
  private readonly offset: Offset;
  private renewal: Cancel | null = null;
  /** The token last shown on the open socket. */
  private sent = '';

  constructor(
    private readonly parts: Parts,
    private readonly hearer: Hearer,
  ) {
    this.offset = new Offset(parts.clock);
  }

  start(): void {
    if (this.phase.at === 'idle' || this.phase.at === 'suspended') this.attempt();
  }

  /** The page is being frozen: nothing could be answered, so nothing is kept open. */
  suspend(): void {
    if (this.phase.at !== 'closed') this.leave({ at: 'suspended' });
  }

  close(reason: 'closed' | 'signed_out' | 'another_user' = 'closed'): void {
    this.leave({ at: 'closed', reason });
  }

  /** Something good may have happened, or somebody is looking: try at once, or see whether the line is alive. */
  nudge(): void {
    const { phase } = this;
    if (phase.at === 'live') phase.heartbeat.check();
    if (phase.at === 'backing_off' || phase.at === 'resting') this.attempt();
    this.hearer.changed();
  }

  /** False when it could not even be tried. */
  say(request: Outgoing): boolean {
    const { phase } = this;
    if (phase.at !== 'live' || phase.leaving) return false;
    phase.wire.send(this.parts.codec.encode(request));
    return true;
  }

  /** The server let us in and finds the token wanting since. */
  renew(): void {
    this.parts.tokens.refuse(this.sent);
    if (this.phase.at === 'live') this.planRenewal(0);
  }

  status(): Status {
    const { clock, page } = this.parts;
    return statusOf(this.phase, this.attempts, page.isOnline(), clock.now());
  }

  /** The server's clock, as far as it is known. */
  serverNow(): number {
    return this.offset.serverNow();
  }

  private attempt(): void {
    // When the server said how long to stay away, it meant everybody, and whoever asks meanwhile comes back then.
    if (this.away !== null) return this.leave({ at: 'backing_off', alarm: null, untilMs: this.away.untilMs });
    const limit = this.parts.clock.after(COME_IN_MS, () => this.retry(0));
    const phase: Phase = { at: 'connecting', wire: null, limit };
    this.leave(phase);
    this.parts.tokens.get().then(
      (token) => this.phase === phase && this.open(phase, token),
      (fault: unknown) => this.phase === phase && this.unsigned(fault),
    );
  }

  private open(phase: Extract<Phase, { at: 'connecting' }>, token: string): void {
    const { codec, url } = this.parts;
    const holds = () => this.phase.at !== 'closed' && 'wire' in this.phase && this.phase.wire === wire;
    const wire: Wire = this.parts.open(url, [codec.protocol], {
      opened: () => {
        if (!holds()) return;
        this.phase = { at: 'authenticating', wire, token, limit: phase.limit };
        wire.send(codec.encode({ op: 'auth', ref: 'auth', d: { token } }));
      },
      heard: (data) => {
        const frame = holds() ? codec.decode(data) : null;
        if (frame !== null) this.hear(frame);
      },
      closed: (code) => {
        if (holds()) this.ended(code);
      },
    });
    phase.wire = wire;
  }

  private hear(frame: Incoming): void {
    const { phase } = this;
    if (phase.at === 'live') phase.heartbeat.heard();
    if (frame.t === 'hello' && phase.at === 'authenticating') return this.greeted(phase, frame);
    if (phase.at !== 'live') return;
    if (frame.t === 'pong') {
      if (this.offset.heard(frame.d.server_time)) this.hearer.changed();
    } else if (frame.t === 'goaway') this.sentAway(phase, frame);
    else if (frame.ref !== 'refresh') this.hearer.heard(frame);
    else if (frame.t === 'error') this.parts.tokens.refuse(this.sent);
  }

  private greeted(phase: Extract<Phase, { at: 'authenticating' }>, hello: Incoming): void {
    if (hello.d.user_id !== this.parts.user) return this.close('another_user');
    phase.limit();
    this.sent = phase.token;
    const every = hello.d.heartbeat_ms;
    const heartbeat = new Heartbeat(
      this.parts.clock,
      typeof every === 'number' && every >= 1_000 ? every : HEARTBEAT_MS,
      {
        ping: () => phase.wire.send(this.parts.codec.encode({ op: 'ping' })),
        silent: () => this.ended(4000),
      },
    );
    const settled = this.parts.clock.after(SETTLED_MS, () => (this.attempts = 0));
    this.phase = { at: 'live', wire: phase.wire, heartbeat, settled, leaving: false };
    this.offset.heard(hello.d.server_time);
    this.planRenewal(this.parts.tokens.dueMs());
    this.hearer.up(hello);
    this.hearer.changed();
  }

  private sentAway(phase: Extract<Phase, { at: 'live' }>, { d }: Incoming): void {
    const stay = typeof d.after_ms === 'number' ? Math.min(Math.max(0, d.after_ms), 600_000) : 0;
    this.away?.cancel();
    // A timer, and no instant to compare with: somebody may set the clock back.
    const over = () => {
      this.away = null;
      if (this.phase.at === 'backing_off') this.attempt();
    };
    this.away = { cancel: this.parts.clock.after(stay, over), untilMs: this.parts.clock.now() + stay };
    phase.leaving = true;
    phase.settled();
    phase.settled = this.parts.clock.after(LEAVE_MS, () => this.ended(4010));
    this.hearer.changed();
  }

  private planRenewal(ms: number): void {
    this.renewal?.();
    // At least a second, so that a token that is refused again and again makes no flood.
    this.renewal = this.parts.clock.after(Math.max(ms, 1_000), () => {
      this.parts.tokens.get().then(
        (token) => {
          this.sent = token;
          if (this.say({ op: 'refresh', ref: 'refresh', d: { token } })) this.planRenewal(this.parts.tokens.dueMs());
        },
        (fault: unknown) => {
          if (isSignedOut(fault)) this.close('signed_out');
          else if (this.phase.at === 'live') this.planRenewal(5_000 + wait(3, this.parts.chance));
        },
      );
    });
  }

  private unsigned(fault: unknown): void {
    if (isSignedOut(fault)) this.close('signed_out');
    else this.retry(0);
  }

  private ended(code: number): void {
    const { phase } = this;
    const what = next(code);
    switch (what.then) {
      case 'sign_out':
        return this.close('signed_out');
      case 'rest':
        return this.leave({ at: 'resting', reason: what.reason });
      case 'renew':
        if (phase.at === 'authenticating') this.parts.tokens.refuse(phase.token);
        else if (phase.at === 'live') this.parts.tokens.refuse(this.sent);
        return this.retry(0);
      case 'retry':
        return this.retry(what.leastMs);
    }
  }

  private retry(leastMs: number): void {
    const { clock, chance } = this.parts;
    const ms = Math.max(wait(this.attempts, chance), leastMs);
    this.attempts += 1;
    const alarm = clock.after(ms, () => this.attempt());
    this.leave({ at: 'backing_off', alarm, untilMs: this.away?.untilMs ?? clock.now() + ms });
  }

  /** From any phase to the next: whatever the former one held is let go. */
  private leave(to: Phase): void {
    const from = this.phase;
    if (from.at === 'closed') return;
    this.phase = to;
    if (to.at === 'closed') this.away?.cancel();
    this.renewal?.();
    this.renewal = null;
    if (from.at === 'backing_off') from.alarm?.();
    if (from.at === 'connecting' || from.at === 'authenticating') from.limit();
    if (from.at === 'live') {
      from.heartbeat.stop();
      from.settled();
    }
    if ('wire' in from) from.wire?.close(1000, 'leaving');
    if (from.at === 'live') this.hearer.down();
    this.hearer.changed();
  }
}
