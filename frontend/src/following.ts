// SPDX-License-Identifier: GPL-3.0-or-later
/** Following a launch's stream of events, in batches, through breaks of the connection. */

import { readStream } from "./event-stream.ts";
import { readEvent, type BuildEvent } from "./pure/build-event.ts";
import { beginsAnew, launchAt, readPlace } from "./pure/place.ts";

export interface Follower {
  /** Events that came together. `again` says that the story begins anew before them. */
  readonly heard: (events: readonly BuildEvent[], again: boolean) => void;
  /** The connection was lost and is being made again, or is there again. */
  readonly connection: (there: boolean) => void;
  /** The service does not answer with a stream at all. */
  readonly refused: () => void;
}

// A log of many thousand lines is drawn as often as an eye can see it, not a line at a time.
const BATCH_MS = 60;

const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;
// A service that was killed is there again in some seconds, with its hub in some more.
const MOST_AWAY = 15;

export interface Following {
  /** Leave the stream. */
  readonly leave: () => void;
  /** The service's name for the launch, or "" while it has none. */
  readonly launch: () => string;
}

/** Follow the stream at an address. */
export function follow(address: string, follower: Follower): Following {
  const leaving = new AbortController();
  const batch = new Batch(follower.heard);
  let id = "";
  let reopened = false;
  let tries = 0;
  const leave = (): void => {
    leaving.abort();
    batch.drop();
  };

  const told = (data: string, at: string): void => {
    // What was left may still be in the chunk that was being read.
    if (leaving.signal.aborted) return;
    if (beginsAnew(readPlace(id), readPlace(at), reopened)) batch.again();
    reopened = false;
    tries = 0;
    id = at;
    const event = readEvent(data);
    if (event === null) return;
    batch.add(event);
    if (event.kind === "ready" || event.kind === "failed") {
      batch.flush();
      leave();
    }
  };
  const read = async (): Promise<void> => {
    for (;;) {
      const opened = (): void => follower.connection(true);
      const ending = await readStream(address, id, { opened, told }, leaving.signal);
      if (leaving.signal.aborted || ending === "over") return;
      tries += 1;
      if (ending === "no stream" || (ending === "away" && tries > MOST_AWAY)) {
        follower.refused();
        return;
      }
      follower.connection(false);
      reopened = true;
      await pause(tries, leaving.signal);
    }
  };
  void read();
  return { leave, launch: () => launchAt(readPlace(id)) };
}

/** Events that wait to be drawn together. */
class Batch {
  private events: BuildEvent[] = [];
  private anew = false;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private readonly heard: Follower["heard"];

  constructor(heard: Follower["heard"]) {
    this.heard = heard;
  }

  /** What comes now tells the story anew. */
  again(): void {
    this.events = [];
    this.anew = true;
  }

  add(event: BuildEvent): void {
    this.events.push(event);
    this.timer ??= setTimeout(() => this.flush(), BATCH_MS);
  }

  flush(): void {
    const { events, anew } = this;
    this.drop();
    if (events.length > 0) this.heard(events, anew);
  }

  drop(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.events = [];
    this.anew = false;
  }
}

/** Wait before the next try, longer each time; many pages that lost one service come spread out. */
function pause(tries: number, left: AbortSignal): Promise<void> {
  const longest = Math.min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** tries);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, longest * (0.5 + Math.random() / 2));
    left.addEventListener("abort", () => {
      clearTimeout(timer);
      resolve();
    });
  });
}
