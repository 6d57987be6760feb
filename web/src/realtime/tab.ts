// One tab among the others of its browser: it stands in line for the lead, hears who has it, and deposes a leader who does
// not answer. A page that is frozen or left gives everything up and begins anew when it comes back. What is said it hands on.

import { lockOf } from './hub';
import { Leadership } from './leadership';
import { isPost, NOBODY, type Post, type Standing } from './posts';
import type { Cancel, Channel, Moment, Surroundings } from './surroundings';

export interface Household {
  /** This tab leads from now on, for a term of this name, or does not. */
  lead(term: string): void;
  unlead(): void;
  /** Somebody leads, and this is how the connection is. `fresh` when it is another tab than before. */
  stands(standing: Standing, leader: string | null, fresh: boolean): void;
  /** Any other post. */
  hear(post: Post): void;
  seen(visible: boolean): void;
}

/** How often a follower asks whether its leader is there. */
const PROBE_MS = 5_000;
/** So many probes in a row without an answer, and the leader is frozen or gone. */
const UNANSWERED_MAX = 2;
/** Browsers hold back the timers of a page that has been hidden for five minutes; before that a visible one takes over. */
const HIDDEN_MAX_MS = 240_000;

export class Tab {
  readonly id: string;
  private leader: string | null = null;
  private channel: Channel | null = null;
  private readonly leadership: Leadership;
  private unanswered = 0;
  private probe: Cancel | null = null;
  private unlock: (() => void) | null = null;
  /** Counts beginnings: null while the tab is paused. */
  private run: number | null = null;
  private runs = 0;
  /** Names our time as the leader, while it lasts: a tab may lead more than once. */
  private term: string | null = null;

  constructor(
    private readonly around: Surroundings,
    private readonly name: string,
    private readonly household: Household,
  ) {
    this.id = around.newId();
    // Whoever can't be heard by the others must not lead them.
    const locks = around.channel === null ? null : around.locks;
    this.leadership = new Leadership(locks, `${name}:lead`, {
      begin: () => this.lead(),
      end: () => this.unlead(),
      fault: (error) => around.report(error),
    });
  }

  begin(): void {
    if (this.run !== null) return;
    const run = (this.run = ++this.runs);
    const { locks, channel } = this.around;
    if (locks === null || channel === null) return this.leadership.stand();
    const held = () => {
      if (run !== this.run) return Promise.resolve();
      this.channel = channel(this.name, (message) => run === this.run && isPost(message) && this.hear(message));
      this.leadership.stand();
      this.ask();
      return new Promise<void>((resolve) => (this.unlock = resolve));
    };
    // Others learn by this lock that the tab is gone.
    locks.request(lockOf(this.id), {}, held).catch((error: unknown) => this.around.report(error));
  }

  /** Gives up everything that others might wait for. */
  pause(): void {
    if (this.run === null) return;
    this.run = null;
    this.leadership.stop();
    this.post({ say: 'bye', tab: this.id });
    this.probe?.();
    this.channel?.close();
    this.unlock?.();
    this.channel = this.unlock = this.probe = null;
    this.follow(null, NOBODY);
  }

  /** Says it to all tabs, this one included. */
  post(post: Post): void {
    this.channel?.post(post);
    this.hear(post);
  }

  moment(moment: Moment): void {
    switch (moment) {
      case 'frozen':
      case 'gone':
        return this.pause();
      case 'resumed':
        this.begin();
        break;
      case 'hidden':
        return this.household.seen(false);
      case 'visible':
        this.household.seen(true);
        break;
      case 'online':
      case 'offline':
        break;
    }
    if (this.term !== null || this.run === null) return;
    this.post({ say: 'who', tab: this.id });
  }

  private hear(post: Post): void {
    if (post.say === 'standing') this.stood(post);
    else this.household.hear(post);
  }

  private stood({ leader, standing, claims, hiddenMs }: Extract<Post, { say: 'standing' }>): void {
    // A leader knows by its lock that it leads: what another says of itself is late.
    if (this.term !== null && leader !== this.term) return;
    const known = leader === this.leader;
    if (!known && this.leader !== null && !claims && this.unanswered === 0) return;
    this.unanswered = 0;
    this.follow(leader, standing);
    if (this.term === null && hiddenMs > HIDDEN_MAX_MS && this.around.page.isVisible()) this.leadership.depose();
  }

  private follow(leader: string | null, standing: Standing): void {
    const fresh = leader !== this.leader;
    this.leader = leader;
    this.household.stands(standing, leader, fresh);
  }

  /** Asks again and again whether somebody leads. */
  private ask(): void {
    this.probe?.();
    const due = this.around.clock.now() + PROBE_MS;
    this.probe = this.around.clock.after(PROBE_MS, () => {
      // After a sleep everybody was silent.
      if (this.around.clock.now() - due > PROBE_MS) this.unanswered = 0;
      if (this.term !== null) this.unanswered = 0;
      else if (this.unanswered >= UNANSWERED_MAX) {
        this.unanswered = 0;
        this.leadership.depose();
      }
      this.ask();
    });
    if (this.term !== null) return;
    this.unanswered += 1;
    this.post({ say: 'who', tab: this.id });
  }

  private lead(): void {
    this.term = this.around.newId();
    this.household.lead(this.term);
  }

  private unlead(): void {
    this.term = null;
    this.household.unlead();
    this.follow(null, NOBODY);
  }
}
