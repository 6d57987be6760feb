// What goes on in a project: who looks at it, and what happened lately. What an event means for a list or a board is the
// business of those who show one; they hear each event. No React inside.

import type { EventFrame } from '../contract/frames';
import type { Realtime } from '../realtime/client';
import type { Told } from '../realtime/stream';
import type { Feed, Made } from './feed';
import { APART, stand, type Standing } from './standing';

export type Happening = EventFrame['d'] & { seq: number };

export interface Project extends Standing {
  /** The newest first. */
  recent: Happening[];
  /** How often what was missed could not be told: whatever was loaded before is stale. */
  losses: number;
}

export interface ProjectActions {
  /** Tells the others what one looks at. */
  viewing(entity: 'board' | 'task' | 'risks' | 'reports', id?: string): void;
  typing(taskId: string, on: boolean): void;
}

export const QUIET: Project = { ...APART, recent: [], losses: 0 };
const RECENT_MAX = 30;

export function makeProject(
  client: Realtime,
  projectId: string,
  feed: Feed<Project, ProjectActions>,
): Made<ProjectActions> {
  const room = `project:${projectId}`;
  const start = () =>
    client.listen(room, (told) => {
      feed.change((state) => fold(state, told));
      feed.tell(told);
    }).leave;
  const actions: ProjectActions = {
    viewing: (entity, id) => client.whisper(room, 'viewing', { entity, ...(id !== undefined && { id }) }),
    typing: (taskId, on) => client.whisper(room, 'typing', { task_id: taskId, on }),
  };
  return { actions, start };
}

export function fold(before: Project, told: Told): Project {
  const state = stand(before, told);
  if (told.is === 'resync') return { ...state, recent: [], losses: state.losses + 1 };
  if (told.is !== 'event') return state;
  const happening = { ...(told.d as EventFrame['d']), seq: told.seq };
  return { ...state, recent: [happening, ...state.recent].slice(0, RECENT_MAX) };
}
