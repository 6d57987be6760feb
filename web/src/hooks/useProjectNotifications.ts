// What goes on in a project, live. `onTold` hears every event, so that a list or a board can follow.

import type { Told } from '../realtime/stream';
import { makeProject, QUIET, type Project, type ProjectActions } from './project';
import { useRealtime } from './realtime';
import { useFeed } from './useFeed';

export type { Happening, Project } from './project';

export function useProjectNotifications(projectId: string, onTold?: (told: Told) => void): Project & ProjectActions {
  const { client, feeds } = useRealtime();
  const name = `project:${projectId}`;
  const feed = feeds.get<Project, ProjectActions>(name, QUIET, (made) => makeProject(client, projectId, made));
  return { ...useFeed(feed, onTold), ...feed.actions };
}
