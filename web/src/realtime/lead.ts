// What the leading tab has and the others do not: the hub with its socket, and the courier that empties the outbox of all.
// It begins with the lead and ends with it.

import { Courier } from './courier';
import { Hub } from './hub';
import type { Parts } from './connection';
import type { Post } from './posts';
import { MemoryShelf, type Shelf } from './shelf';
import type { Surroundings } from './surroundings';

export class Lead {
  readonly hub: Hub;
  /** It has to wait for the shelf. */
  private readonly courier: Promise<Courier>;
  private over = false;

  constructor(
    id: string,
    term: string,
    around: Surroundings,
    parts: Pick<Parts, 'tokens' | 'codec' | 'url' | 'user'>,
    disk: Promise<Shelf | null>,
    post: (post: Post) => void,
  ) {
    const hub = new Hub(id, term, around, parts, post);
    this.hub = hub;
    this.courier = disk.then(
      (shelf) =>
        new Courier({
          clock: around.clock,
          chance: around.chance,
          shelf: shelf ?? new MemoryShelf(),
          send: (request, answered) => hub.own(request, answered),
          renew: () => hub.connection.renew(),
          tell: (receipt) => post({ say: 'receipt', receipt }),
          fault: around.report,
        }),
    );
  }

  begin(): void {
    this.hub.begin({
      up: () => this.withCourier((courier) => courier.up()),
      down: () => this.withCourier((courier) => courier.down()),
    });
  }

  end(): void {
    this.withCourier((courier) => courier.down());
    this.over = true;
    this.hub.end();
  }

  hear(post: Post): void {
    switch (post.say) {
      case 'ask':
        return this.hub.ask(post);
      case 'who':
        return this.hub.tell(false);
      case 'bye':
        return this.hub.gone(post.tab);
      case 'nudge':
        return this.hub.connection.nudge();
      case 'entry':
        return this.withCourier((courier) => courier.add(post.entry));
      case 'forget':
        return this.withCourier((courier) => courier.forget(post.key));
      default:
        return undefined;
    }
  }

  private withCourier(act: (courier: Courier) => void): void {
    if (!this.over) void this.courier.then(act);
  }
}
