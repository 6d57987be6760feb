// A meeting's chat, live. What is sent shows as `pending` at once and as a message when everybody has it.

import type { Told } from '../realtime/stream';
import { makeChat, SILENT, type Chat, type ChatActions } from './chat';
import { useRealtime } from './realtime';
import { useFeed } from './useFeed';

export type { Chat } from './chat';
export type { Message } from './messages';

export function useMeetingChat(meetingId: string, onTold?: (told: Told) => void): Chat & ChatActions {
  const { client, feeds } = useRealtime();
  const name = `meeting:${meetingId}`;
  const feed = feeds.get<Chat, ChatActions>(name, SILENT, (made) => makeChat(client, meetingId, made));
  return { ...useFeed(feed, onTold), ...feed.actions };
}
