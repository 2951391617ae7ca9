// SPDX-License-Identifier: GPL-3.0-or-later
/** Following a launch's stream of events, in batches, through breaks of the connection. */

import { address } from "./base.ts";
import { readEvent, type BuildEvent } from "./pure/build-event.ts";

export interface Follower {
  /** Events that came together. `again` says that the story begins anew before them. */
  readonly heard: (events: readonly BuildEvent[], again: boolean) => void;
  /** The connection broke and is being made again, or is there again. */
  readonly connection: (there: boolean) => void;
  /** The service does not answer with a stream at all. */
  readonly refused: () => void;
}

// A log of many thousand lines is drawn as often as an eye can see it, not a line at a time.
const BATCH_MS = 60;

// A service that was killed is there again in some seconds, with its hub in some more.
const RETRY_MS = 2000;
const MOST_REFUSALS = 45;

export interface Following {
  /** Leave the stream. */
  readonly leave: () => void;
  /** The service's name for the launch, or "" while it has none. */
  readonly launch: () => string;
}

/** Follow the stream at an address below the base. */
export function follow(below: string, follower: Follower): Following {
  let source: EventSource;
  let place = "";
  let refusals = 0;
  let batch: BuildEvent[] = [];
  let again = false;
  let reopened = false;
  let story = "";
  let timer: ReturnType<typeof setTimeout> | undefined;
  let retry: ReturnType<typeof setTimeout> | undefined;

  const flush = (): void => {
    timer = undefined;
    const events = batch;
    const anew = again;
    batch = [];
    again = false;
    if (events.length > 0) follower.heard(events, anew);
  };
  const broken = (): void => {
    reopened = true;
    if (source.readyState !== EventSource.CLOSED) {
      follower.connection(false);
    } else if (place !== "" && refusals < MOST_REFUSALS) {
      // The service is being started again, and then goes on with the launch. A browser would
      // not ask again by itself, and cannot be given the place as it gives it.
      refusals += 1;
      follower.connection(false);
      retry = setTimeout(open, RETRY_MS);
    } else {
      follower.refused();
    }
  };
  const told = (message: MessageEvent<string>): void => {
    // The service goes on where the reader was; without that, in another launch, or when another
    // service went on with this one, all is told from its beginning.
    const now = storyOf(message.lastEventId);
    if ((reopened && now === "") || (story !== "" && now !== story)) {
      batch = [];
      again = true;
    }
    reopened = false;
    story = now;
    place = message.lastEventId;
    const event = readEvent(message.data);
    if (event === null) return;
    batch.push(event);
    if (event.kind === "ready" || event.kind === "failed") {
      source.close();
      clearTimeout(timer);
      flush();
    } else {
      timer ??= setTimeout(flush, BATCH_MS);
    }
  };
  const open = (): void => {
    source = new EventSource(address(place === "" ? below : withPlace(below, place)));
    source.onopen = () => {
      refusals = 0;
      follower.connection(true);
    };
    source.onerror = broken;
    source.onmessage = told;
  };
  open();
  return {
    leave: () => {
      source.close();
      clearTimeout(timer);
      clearTimeout(retry);
    },
    launch: () => story.split(".")[0] ?? "",
  };
}

/** The name of what is being told: a place without its last two numbers. */
function storyOf(place: string): string {
  return place.split(".").slice(0, -2).join(".");
}

function withPlace(below: string, place: string): string {
  return `${below}${below.includes("?") ? "&" : "?"}place=${encodeURIComponent(place)}`;
}
