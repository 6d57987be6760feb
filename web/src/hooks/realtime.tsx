// The client and its feeds, for the components below.

import { createContext, useContext, useState, useSyncExternalStore, type ReactNode } from 'react';
import type { Realtime } from '../realtime/client';
import type { Status } from '../realtime/status';
import { Feeds } from './feed';

interface Held {
  client: Realtime;
  feeds: Feeds;
}

const Context = createContext<Held | null>(null);

/** `client` stays the same for as long as the same person is signed in: give the element a `key` of theirs. */
export function RealtimeProvider({ client, children }: { client: Realtime; children: ReactNode }) {
  const [held] = useState(() => ({ client, feeds: new Feeds() }));
  return <Context value={held}>{children}</Context>;
}

export function useRealtime(): Held {
  const held = useContext(Context);
  if (held === null) throw new Error('a component that hears rooms stands below RealtimeProvider');
  return held;
}

/** How the connection is. */
export function useConnection(): Status & { retry: () => void } {
  const { client } = useRealtime();
  const [{ subscribe, snapshot, retry }] = useState(() => ({
    subscribe: (watcher: () => void) => client.onStatus(watcher),
    snapshot: () => client.status(),
    retry: () => client.retry(),
  }));
  return { ...useSyncExternalStore(subscribe, snapshot), retry };
}
