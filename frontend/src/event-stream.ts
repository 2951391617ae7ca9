// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * Reading one stream of server-sent events. The browser's own `EventSource` hides the comments by
 * which the service says that it is there, and so waits without end for a connection that is dead.
 */

import { createParser } from "eventsource-parser";

export interface Reader {
  /** The service answers with a stream. */
  readonly opened: () => void;
  /** An event, and where a reader that comes back goes on. */
  readonly told: (data: string, id: string) => void;
}

/**
 * How it ended: `broken` off, silent or not reached; the service is `away`, says the proxy before
 * it; it has told all and is `over`; or the answer is no stream.
 */
export type Ending = "broken" | "away" | "over" | "no stream";

/** The service says something every 25 seconds, also where there is nothing to tell. */
export const SILENCE_MS = 60_000;

/** Read until the stream ends, falls silent, or is `left`; from behind the event `id`, if any. */
export async function readStream(address: string, id: string, reader: Reader, left: AbortSignal): Promise<Ending> {
  const silent = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const alive = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => silent.abort(), SILENCE_MS);
  };
  alive();
  try {
    const answer = await fetch(address, {
      headers: { Accept: "text/event-stream", ...(id && { "Last-Event-ID": id }) },
      cache: "no-store",
      signal: AbortSignal.any([left, silent.signal]),
    }).catch(() => null);
    if (answer === null) return "broken";
    if (answer.status === 204) return "over";
    // A proxy that has just started knows no service yet; ours answers here with a stream or refuses.
    if (answer.status >= 500 || answer.status === 404) return "away";
    const type = answer.headers.get("Content-Type") ?? "";
    if (!answer.ok || !type.startsWith("text/event-stream") || answer.body === null) return "no stream";
    reader.opened();
    const parser = createParser({ onEvent: (event) => reader.told(event.data, event.id ?? "") });
    const chunks = answer.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const chunk = await chunks.read().catch(() => null);
      if (chunk === null || chunk.done) return "broken";
      alive();
      parser.feed(chunk.value);
    }
  } finally {
    clearTimeout(timer);
  }
}
