// Locks as the Web Locks API has them, for pages of one simulated browser: given in the order of asking, on when their
// holder dies, taken by whoever steals.

/** Where something happens, now, later or never: a page. */
export interface Place {
  run(act: () => void): void;
}

interface Wish {
  page: Place;
  held: (lock: unknown) => Promise<unknown>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  over: boolean;
}

export class LockTable {
  private readonly holders = new Map<string, Wish>();
  stolen = 0;
  private readonly lines = new Map<string, Wish[]>();

  request(
    page: Place,
    name: string,
    { steal, signal }: { steal?: boolean; signal?: AbortSignal },
    held: (lock: unknown) => Promise<unknown>,
  ): Promise<unknown> {
    if (steal === true && signal !== undefined) return Promise.reject(new Error('steal and signal exclude each other'));
    return new Promise((resolve, reject) => {
      const wish: Wish = { page, held, resolve, reject, over: false };
      const abort = () => {
        const line = this.lines.get(name) ?? [];
        if (!line.includes(wish)) return;
        this.lines.set(
          name,
          line.filter((other) => other !== wish),
        );
        wish.reject(aborted());
      };
      if (signal?.aborted === true) return reject(aborted());
      signal?.addEventListener('abort', abort);
      if (steal === true) {
        const robbed = this.holders.get(name);
        if (robbed !== undefined) {
          this.stolen += 1;
          robbed.over = true;
          robbed.page.run(() => robbed.reject(aborted()));
        }
        this.give(name, wish);
      } else {
        this.lines.set(name, [...(this.lines.get(name) ?? []), wish]);
        if (!this.holders.has(name)) this.pass(name);
      }
    });
  }

  /** A page died: what it held and what it waited for is free. */
  free(page: Place): void {
    for (const [name, line] of this.lines)
      this.lines.set(
        name,
        line.filter((wish) => wish.page !== page),
      );
    for (const [name, holder] of [...this.holders]) if (holder.page === page) this.pass(name);
  }

  private pass(name: string): void {
    this.holders.delete(name);
    const next = this.lines.get(name)?.shift();
    if (next !== undefined) this.give(name, next);
  }

  private give(name: string, wish: Wish): void {
    this.holders.set(name, wish);
    wish.page.run(() => {
      const done = (settle: () => void) => {
        if (wish.over) return;
        wish.over = true;
        settle();
        if (this.holders.get(name) === wish) this.pass(name);
      };
      if (wish.over) return;
      wish.held({ name }).then(
        (value) => done(() => wish.resolve(value)),
        (error: unknown) => done(() => wish.reject(error)),
      );
    });
  }
}

function aborted(): Error {
  return Object.assign(new Error('the request was aborted'), { name: 'AbortError' });
}
