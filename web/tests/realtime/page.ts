// A page of a simulated browser, which may be closed or frozen at any moment. Whatever happens to a frozen page waits until
// it thaws; to a closed one nothing happens any more.

import type { Cancel, Clock, Ears, Moment, Surroundings, Wire } from '../../src/realtime/surroundings';
import type { Browser } from './browser';

export class Page {
  private held: (() => void)[] = [];
  private readonly listeners = new Set<(moment: Moment) => void>();
  isOpen = true;
  isFrozen = false;
  isVisible = true;
  /** This page's clock less the true one. */
  skewMs = 0;
  readonly faults: unknown[] = [];
  private readonly wires = new Set<Wire>();

  constructor(readonly browser: Browser) {}

  /** Happens now, later or never. */
  run(act: () => void): void {
    if (!this.isOpen) return;
    if (this.isFrozen) this.held.push(act);
    else act();
  }

  close(): void {
    this.tell('gone');
    this.isOpen = false;
    this.leave();
  }

  /** It dies without having been told. */
  crash(): void {
    this.isOpen = false;
    this.leave();
  }

  /** `told` as browsers promise to, or not, as some do. */
  freeze(told: boolean): void {
    if (told) this.tell('frozen');
    this.isFrozen = true;
  }

  thaw(): void {
    if (!this.isFrozen) return;
    this.isFrozen = false;
    const { held } = this;
    this.held = [];
    // Freezing again in between holds the rest back again.
    for (const act of held) this.run(act);
    this.tell('resumed');
  }

  tell(moment: Moment): void {
    for (const listener of [...this.listeners]) this.run(() => listener(moment));
  }

  after(ms: number, act: () => void): Cancel {
    let cancelled = false;
    const cancel = this.browser.time.after(ms, () => this.run(() => cancelled || act()));
    return () => {
      cancelled = true;
      cancel();
    };
  }

  surroundings(): Surroundings {
    const { browser } = this;
    const clock: Clock = { now: () => browser.time.now + this.skewMs, after: (ms, act) => this.after(ms, act) };
    return {
      clock,
      chance: browser.chance,
      newId: () => browser.newId(),
      open: (url, protocols, ears) => this.open(url, protocols, ears),
      locks: { request: (name, options, held) => browser.locks.request(this, name, options, held) },
      channel: (name, hear) => browser.channel(this, name, hear),
      storage: null,
      page: {
        isOnline: () => browser.isOnline,
        isVisible: () => this.isVisible,
        on: (listener) => {
          this.listeners.add(listener);
          return () => this.listeners.delete(listener);
        },
      },
      report: (fault) => this.faults.push(fault),
    };
  }

  private open(_url: string, protocols: string[], ears: Ears): Wire {
    const wire = this.browser.server.connect(protocols, this.browser, {
      opened: () => this.run(() => ears.opened()),
      heard: (data) => this.run(() => ears.heard(data)),
      closed: (code) => this.run(() => ears.closed(code)),
    });
    this.wires.add(wire);
    return wire;
  }

  private leave(): void {
    this.browser.locks.free(this);
    this.browser.forget(this);
    this.wires.forEach((wire) => wire.close(1001, 'gone'));
  }
}
