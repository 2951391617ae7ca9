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

export interface Following {
  /** Leave the stream. */
  readonly leave: () => void;
  /** The service's name for the launch, or "" while it has none. */
  readonly launch: () => string;
}

/** Follow the stream at an address below the base. */
export function follow(below: string, follower: Follower): Following {
  const source = new EventSource(address(below));
  let batch: BuildEvent[] = [];
  let again = false;
  let reopened = false;
  let launch = "";
  let timer: ReturnType<typeof setTimeout> | undefined;

  const flush = (): void => {
    timer = undefined;
    const events = batch;
    const anew = again;
    batch = [];
    again = false;
    if (events.length > 0) follower.heard(events, anew);
  };
  source.onopen = () => follower.connection(true);
  source.onerror = () => {
    if (source.readyState === EventSource.CLOSED) follower.refused();
    else follower.connection(false);
    reopened = true;
  };
  source.onmessage = (message: MessageEvent<string>) => {
    // The service goes on where the reader was; without that, or in another launch, all is told
    // from its beginning.
    const told = message.lastEventId.split(".")[0] ?? "";
    if ((reopened && told === "") || (launch !== "" && told !== launch)) {
      batch = [];
      again = true;
    }
    reopened = false;
    launch = told;
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
  return {
    leave: () => {
      source.close();
      clearTimeout(timer);
    },
    launch: () => launch,
  };
}
