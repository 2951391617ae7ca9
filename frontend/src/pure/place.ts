// SPDX-License-Identifier: GPL-3.0-or-later
/** Where a reader of a launch is, as the service says with each event: `STORY.SEGMENT.POSITION`. */

export interface Place {
  /** The launch, and behind a dot how often another service has gone on with it. */
  readonly story: string;
  readonly segment: number;
  readonly position: number;
}

/** Read an event's id. Returns null for one that says no place. */
export function readPlace(id: string): Place | null {
  const found = /^(.+)\.(\d+)\.(\d+)$/.exec(id);
  if (found === null) return null;
  const [, story = "", segment, position] = found;
  return { story, segment: Number(segment), position: Number(position) };
}

/** The service's name for the launch. */
export function launchAt(place: Place | null): string {
  return place?.story.split(".")[0] ?? "";
}

/**
 * Whether what is heard at `now` tells the launch from its beginning to one who was at `before`.
 * `reopened`: it is the first event of a new connection, which goes on where the reader was only
 * when the service still knew that place.
 */
export function beginsAnew(before: Place | null, now: Place | null, reopened: boolean): boolean {
  if (before === null || now === null) return reopened;
  if (now.story !== before.story) return true;
  const further =
    now.segment > before.segment || (now.segment === before.segment && now.position > before.position);
  return reopened && !further;
}
