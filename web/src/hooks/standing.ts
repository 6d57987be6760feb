// What every feed of a room knows: whether it is heard at the moment, and who is there.

import type { Json } from '../contract/frames';
import type { Refusal } from '../realtime/refusal';
import type { Told } from '../realtime/stream';

export interface Standing {
  /** `waiting` before the first join; `behind` while the connection is gone. */
  hearing: 'waiting' | 'live' | 'behind' | 'ended';
  /** Why it ended. */
  refusal: Refusal | null;
  /** Who is in the room, as far as they are named, and how many they are. */
  present: string[];
  presentCount: number;
}

export const APART: Standing = { hearing: 'waiting', refusal: null, present: [], presentCount: 0 };

export function stand<S extends Standing>(state: S, told: Told): S {
  switch (told.is) {
    case 'joined':
      return { ...state, hearing: 'live', ...presence(told.greeting.presence as Json | null) };
    case 'interrupted':
      return { ...state, hearing: 'behind' };
    case 'ended':
      return { ...state, hearing: 'ended', refusal: told.refusal };
    case 'ephemeral':
      return told.d.name === 'presence.diff' ? { ...state, ...diff(state, told.d) } : state;
    default:
      return state;
  }
}

function presence(there: Json | null | undefined): Pick<Standing, 'present' | 'presentCount'> {
  const present = strings(there?.users);
  return { present, presentCount: typeof there?.count === 'number' ? there.count : present.length };
}

function diff(state: Standing, { joined, left, count }: Json): Pick<Standing, 'present' | 'presentCount'> {
  const gone = strings(left);
  const present = [...new Set([...state.present, ...strings(joined)])].filter((user) => !gone.includes(user));
  return { present, presentCount: typeof count === 'number' ? count : present.length };
}

export function strings(list: unknown): string[] {
  return Array.isArray(list) ? list.filter((item): item is string => typeof item === 'string') : [];
}
