// The messages of a chat, from pages of history and from events, in any order: pure functions from one list to the next.

import type { EventFrame, Json } from '../contract/frames';
import type { components } from '../contract/openapi';

export type Message = components['schemas']['MessageShown'];

/** Adds messages, or newer versions of some. Events carry no reactions; those that are known stay. */
export function merged(
  list: Message[],
  some: (Omit<Message, 'reactions'> & { reactions?: Message['reactions'] })[],
): Message[] {
  const byId = new Map(list.map((message) => [message.id, message]));
  for (const message of some) {
    const held = byId.get(message.id);
    if (held !== undefined && held.version > message.version) continue;
    byId.set(message.id, { ...message, reactions: message.reactions ?? held?.reactions ?? [] });
  }
  return [...byId.values()].sort((a, b) => a.seq - b.seq);
}

/** What an event makes of the list. */
export function folded(list: Message[], { name, data }: EventFrame['d'], me: string): Message[] {
  switch (name) {
    case 'meetings.chat.message_posted':
    case 'meetings.chat.message_edited':
    case 'meetings.chat.message_deleted':
    case 'meetings.chat.message_pinned':
      return merged(list, [data as unknown as Message]);
    case 'meetings.chat.reaction_changed':
      return list.map((message) => (message.id === data.message_id ? signed(message, data, me) : message));
    default:
      return list;
  }
}

function signed(message: Message, { emoji, user_id: user, on, count }: Json, me: string): Message {
  const sign = String(emoji);
  const held = message.reactions.find((other) => other.emoji === sign);
  const mine = user === me ? on === true : (held?.mine ?? false);
  const next = { emoji: sign, count: Number(count), mine };
  const others = message.reactions.filter((other) => other.emoji !== sign);
  if (held === undefined) return { ...message, reactions: [...others, next] };
  const reactions = message.reactions.map((other) => (other === held ? next : other));
  return { ...message, reactions: reactions.filter((other) => other.count > 0) };
}
