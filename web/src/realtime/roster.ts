// Who listens to what, for the leader: a room is left when the last tab has left it, and the people watched are those that
// any tab watches. It sends nothing.

/** The server's bound of people watched by one connection. */
const WATCHED_MAX = 100;

export class Roster {
  private readonly rooms = new Map<string, Set<string>>();
  private readonly watched = new Map<string, string[]>();

  join(room: string, tab: string): void {
    const tabs = this.rooms.get(room) ?? new Set();
    this.rooms.set(room, tabs.add(tab));
  }

  /** True when nobody listens to the room any more. */
  leave(room: string, tab: string): boolean {
    const tabs = this.rooms.get(room);
    if (tabs === undefined) return true;
    tabs.delete(tab);
    if (tabs.size > 0) return false;
    this.rooms.delete(room);
    return true;
  }

  /** Rooms that nobody listens to after this tab went. */
  gone(tab: string): string[] {
    this.watched.delete(tab);
    return [...this.rooms.keys()].filter((room) => this.rooms.get(room)?.has(tab) && this.leave(room, tab));
  }

  /** All who are to be watched from now on. */
  watch(tab: string, users: string[]): string[] {
    this.watched.set(tab, users);
    return [...new Set([...users, ...[...this.watched.values()].flat()])].slice(0, WATCHED_MAX);
  }

  clear(): void {
    this.rooms.clear();
    this.watched.clear();
  }
}
