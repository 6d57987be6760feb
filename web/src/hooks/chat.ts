// A meeting's chat: what was said, what one has said and the server has not heard yet, and who is typing. No React inside.

import type { EventFrame, Json } from '../contract/frames';
import type { Realtime } from '../realtime/client';
import type { Entry } from '../realtime/entry';
import { Refusal } from '../realtime/refusal';
import type { Told } from '../realtime/stream';
import type { Cancel } from '../realtime/surroundings';
import type { Feed, Made } from './feed';
import { folded, merged, type Message } from './messages';
import { APART, stand, type Standing } from './standing';

export interface Chat extends Standing {
  /** The oldest first. */
  messages: Message[];
  hasEarlier: boolean;
  /** What waits to be sent, or was refused. */
  pending: Entry[];
  /** Who is typing. */
  typists: string[];
  /** Why the history can't be shown. */
  trouble: Refusal | null;
}

export interface ChatActions {
  send(body: string, more?: { replyTo?: string; mentions?: string[] }): void;
  edit(id: string, body: string): void;
  remove(id: string): void;
  react(id: string, emoji: string, on: boolean): void;
  typing(on: boolean): void;
  /** Everything up to this number was seen. */
  read(seq: number): void;
  loadEarlier(): Promise<void>;
  retry(key: string): void;
  discard(key: string): void;
}

export const SILENT: Chat = { ...APART, messages: [], hasEarlier: false, pending: [], typists: [], trouble: null };
const PAGE = 50;
/** One is typing until so long after the last sign of it, and says so no more often than that. */
const TYPING_MS = 6_000;
const TYPING_EVERY_MS = 3_000;

export function makeChat(client: Realtime, meetingId: string, feed: Feed<Chat, ChatActions>): Made<ChatActions> {
  const room = `meeting:${meetingId}`;
  const fades = new Map<string, Cancel>();
  let saidTypingAt = -Infinity;
  let over = true;

  const load = async (before?: number): Promise<void> => {
    const d = { meeting_id: meetingId, limit: PAGE, ...(before !== undefined && { before_seq: before }) };
    try {
      const { body } = await client.call('ListMessages', d);
      const { data, page } = body as unknown as { data: Message[]; page: { has_more: boolean } };
      const fresh = before === undefined ? { trouble: null } : {};
      feed.change((state) => ({
        ...state,
        ...fresh,
        messages: merged(state.messages, data),
        hasEarlier: page.has_more,
      }));
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      if (!over) feed.change((state) => ({ ...state, trouble: error }));
    }
  };
  const look = async (): Promise<void> => {
    const entries = await client.outbox.entries();
    const pending = entries.filter(({ lane, name }) => lane === room && name === 'PostMessage');
    if (!over) feed.change((state) => ({ ...state, pending: unsaid(pending, state.messages) }));
  };
  const types = (user: string, on: boolean): void => {
    fades.get(user)?.();
    fades.delete(user);
    feed.change((state) => ({
      ...state,
      typists: [...state.typists.filter((other) => other !== user), ...(on ? [user] : [])],
    }));
    if (on)
      fades.set(
        user,
        client.clock.after(TYPING_MS, () => types(user, false)),
      );
  };
  const send = (name: string, d: Json, key?: string): void => {
    client.send({ lane: room, name, d: { meeting_id: meetingId, ...d }, ...(key !== undefined && { key }) });
  };
  const actions: ChatActions = {
    send: (body, { replyTo, mentions } = {}) => {
      const key = client.newId();
      const more = {
        ...(replyTo !== undefined && { reply_to_id: replyTo }),
        ...(mentions && { mention_ids: mentions }),
      };
      send('PostMessage', { body, client_id: key, ...more }, key);
      saidTypingAt = -Infinity;
    },
    edit: (id, body) => send('EditMessage', { id, body }),
    remove: (id) => send('DeleteMessage', { id }),
    react: (id, emoji, on) => send('React', { id, emoji, on }),
    typing: (on) => {
      const now = client.clock.now();
      if (on && Math.abs(now - saidTypingAt) < TYPING_EVERY_MS) return;
      saidTypingAt = on ? now : -Infinity;
      client.whisper(room, 'typing', { on });
    },
    // A marker that is lost is overtaken by the next one.
    read: (seq) => void client.call('ReadChat', { meeting_id: meetingId, seq }).catch(() => undefined),
    loadEarlier: () => load(feed.snapshot().messages[0]?.seq),
    retry: (key) => void client.outbox.retry(key),
    discard: (key) => void client.outbox.discard(key),
  };
  const start = (): Cancel => {
    over = false;
    const { leave } = client.listen(room, (told) => {
      feed.change((state) => fold(state, told, client.user));
      if (told.is === 'joined' && (!told.again || feed.snapshot().trouble !== null)) void load();
      if (told.is === 'resync') void load();
      if (told.is === 'ephemeral' && told.d.kind === 'typing') types(String(told.d.user_id), told.d.on === true);
      feed.tell(told);
    });
    const off = client.outbox.onChange(() => void look());
    void look();
    return () => {
      over = true;
      leave();
      off();
      fades.forEach((cancel) => cancel());
      fades.clear();
    };
  };
  return { actions, start };
}

export function fold(before: Chat, told: Told, me: string): Chat {
  const state = stand(before, told);
  // What is shown may have holes now; it is loaded anew.
  if (told.is === 'resync') return { ...state, messages: [], hasEarlier: false };
  if (told.is !== 'event') return state;
  const messages = folded(state.messages, told.d as EventFrame['d'], me);
  return { ...state, messages, pending: unsaid(state.pending, messages) };
}

/** Without what the room has told meanwhile: its receipt may come a moment later. */
function unsaid(pending: Entry[], messages: Message[]): Entry[] {
  const said = new Set(messages.map((message) => message.client_id));
  return pending.filter(({ key }) => !said.has(key));
}
