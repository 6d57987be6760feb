// What several components know together: a state made from what a room tells, kept while anybody looks. The room is joined
// for the first and left after the last. No React inside.

import type { Told } from '../realtime/stream';
import type { Cancel } from '../realtime/surroundings';

/** What a feed is made of. */
export interface Made<Actions> {
  actions: Actions;
  /** Begins to listen. */
  start: () => Cancel;
}

export class Feed<State, Actions> {
  /** What can be done, whether or not anybody looks. */
  readonly actions: Actions;
  private state: State;
  private readonly watchers = new Set<() => void>();
  private readonly hearers = new Set<(told: Told) => void>();
  private readonly start: () => Cancel;
  private stop: Cancel | null = null;

  constructor(
    private readonly initial: State,
    make: (feed: Feed<State, Actions>) => Made<Actions>,
  ) {
    this.state = initial;
    ({ actions: this.actions, start: this.start } = make(this));
  }

  readonly subscribe = (watcher: () => void): Cancel => {
    this.watchers.add(watcher);
    this.stop ??= this.start();
    return () => {
      this.watchers.delete(watcher);
      // Whoever takes over in the same moment, as one screen does from another, finds it still there.
      queueMicrotask(() => this.rest());
    };
  };

  readonly snapshot = (): State => this.state;

  change(act: (state: State) => State): void {
    const next = act(this.state);
    if (next === this.state) return;
    this.state = next;
    this.watchers.forEach((watcher) => watcher());
  }

  /** Hands on what was told, after the state knows of it. */
  tell(told: Told): void {
    this.hearers.forEach((hearer) => hearer(told));
  }

  readonly hear = (hearer: (told: Told) => void): Cancel => {
    this.hearers.add(hearer);
    return () => this.hearers.delete(hearer);
  };

  private rest(): void {
    if (this.watchers.size > 0 || this.stop === null) return;
    this.stop();
    this.stop = null;
    // What is not heard any more is not known any more.
    this.state = this.initial;
  }
}

/** The feeds of one client, by what they are about. One that rests is small, and is taken up again. */
export class Feeds {
  private readonly feeds = new Map<string, unknown>();

  /** The feed of this name, made by whoever asks first. A name has one kind of feed, always. */
  get<State, Actions>(
    name: string,
    initial: State,
    make: (feed: Feed<State, Actions>) => Made<Actions>,
  ): Feed<State, Actions> {
    const feed = (this.feeds.get(name) as Feed<State, Actions> | undefined) ?? new Feed(initial, make);
    this.feeds.set(name, feed);
    return feed;
  }
}
