// The signed-in person's inbox, live.

import type { Told } from '../realtime/stream';
import { EMPTY, makeInbox, type Inbox, type InboxActions } from './inbox';
import { useRealtime } from './realtime';
import { useFeed } from './useFeed';

export type { Inbox, Notification } from './inbox';

export function useUserNotifications(onTold?: (told: Told) => void): Inbox & InboxActions {
  const { client, feeds } = useRealtime();
  const feed = feeds.get<Inbox, InboxActions>('inbox', EMPTY, (made) => makeInbox(client, made));
  return { ...useFeed(feed, onTold), ...feed.actions };
}
