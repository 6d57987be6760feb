// A person's inbox from what their room tells: how much is unread, and the newest. No React inside.

import type { Json } from '../contract/frames';
import type { components } from '../contract/openapi';
import type { Listening, Realtime } from '../realtime/client';
import type { Told } from '../realtime/stream';
import type { Cancel } from '../realtime/surroundings';
import type { Feed, Made } from './feed';
import { APART, stand, type Standing } from './standing';

export type Notification = components['schemas']['Notification'];

export interface Inbox extends Standing {
  unread: number;
  /** The newest first. */
  latest: Notification[];
}

export interface InboxActions {
  read(id: string): void;
  readAll(category?: string): void;
}

export const EMPTY: Inbox = { ...APART, unread: 0, latest: [] };
/** What a bell shows. Older ones are a list's business. */
const LATEST_MAX = 50;

export function makeInbox(client: Realtime, feed: Feed<Inbox, InboxActions>): Made<InboxActions> {
  const room = `user:${client.user}`;
  const send = (name: string, d: Json) => void client.send({ lane: room, name, d });
  const start = (): Cancel => {
    const begin = (): Listening =>
      client.listen(room, (told) => {
        feed.change((state) => fold(state, told));
        feed.tell(told);
        // What can't be told is in the greeting of a fresh join.
        if (told.is !== 'resync') return;
        listening.leave();
        listening = begin();
      });
    let listening = begin();
    return () => listening.leave();
  };
  const actions: InboxActions = {
    read: (id) => send('MarkNotificationRead', { id }),
    readAll: (category) => send('MarkAllNotificationsRead', category === undefined ? {} : { category }),
  };
  return { actions, start };
}

export function fold(before: Inbox, told: Told): Inbox {
  const state = stand(before, told);
  if (told.is === 'joined' && typeof told.greeting.unread === 'number') {
    return {
      ...state,
      unread: told.greeting.unread,
      latest: (told.greeting.latest as Notification[] | undefined) ?? [],
    };
  }
  if (told.is !== 'event') return state;
  const data = (told.d.data ?? {}) as Json;
  const kept = (keep: (one: Notification) => boolean): Inbox => ({ ...state, latest: state.latest.filter(keep) });
  switch (told.d.name) {
    case 'notifications.notification.created':
    case 'notifications.notification.updated':
      return { ...state, latest: withOne(state.latest, data as Notification) };
    case 'notifications.notification.archived':
    case 'notifications.notification.deleted':
      return kept(({ id }) => id !== data.id);
    case 'notifications.notification.read_deleted':
      return kept(({ read_at: at }) => at === null || at > String(data.up_to));
    case 'notifications.notification.read':
      return { ...state, latest: state.latest.map((one) => (one.id === data.id ? read(one, data) : one)) };
    case 'notifications.notification.all_read':
      return { ...state, latest: state.latest.map((one) => (covers(data, one) ? read(one, data) : one)) };
    case 'notifications.unread_count.changed':
      return typeof data.unread === 'number' ? { ...state, unread: data.unread } : state;
    default:
      return state;
  }
}

function read(one: Notification, { read_at: at }: Json): Notification {
  return { ...one, read_at: one.read_at ?? String(at) };
}

function covers({ through, turn, category }: Json, one: Notification): boolean {
  const all = category === null || category === undefined || category === one.category;
  return all && one.number <= Number(through) && one.turn < Number(turn);
}

function withOne(latest: Notification[], one: Notification): Notification[] {
  const others = latest.filter(({ id }) => id !== one.id);
  const held = latest.find(({ id }) => id === one.id);
  if (held !== undefined && held.version > one.version) return latest;
  return [...others, one].sort((a, b) => b.number - a.number).slice(0, LATEST_MAX);
}
