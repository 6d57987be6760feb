// From a feed to a component: its state, what can be done, and each event for those who ask.

import { useEffect, useEffectEvent, useSyncExternalStore } from 'react';
import type { Told } from '../realtime/stream';
import type { Feed } from './feed';

export function useFeed<State, Actions>(feed: Feed<State, Actions>, onTold?: (told: Told) => void): State {
  const state = useSyncExternalStore(feed.subscribe, feed.snapshot);
  const hear = useEffectEvent((told: Told) => onTold?.(told));
  useEffect(() => feed.hear((told) => hear(told)), [feed]);
  return state;
}
