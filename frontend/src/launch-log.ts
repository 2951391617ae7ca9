// SPDX-License-Identifier: GPL-3.0-or-later
/** The lines that a launch has told, kept for the log's view, for search and for copying. */

import type { BuildEvent } from "./pure/build-event.ts";

export interface LogLine {
  readonly text: string;
  readonly kind: "log" | "message" | "warning" | "failed";
}

/** The page keeps the last of a very long log; the whole is at the service's link. */
export const KEPT_LINES = 50_000;

export class LaunchLog {
  private kept: LogLine[] = [];
  private readonly listeners = new Set<(lines: readonly LogLine[] | null) => void>();
  dropped = 0;

  /** All lines that are kept. */
  get lines(): readonly LogLine[] {
    return this.kept;
  }

  /** The log as text. */
  get text(): string {
    return this.kept.map(({ text }) => text).join("\n");
  }

  /** Add what events say. */
  add(events: readonly BuildEvent[]): void {
    const lines = events.flatMap(lineOf);
    if (lines.length === 0) return;
    this.kept = this.kept.concat(lines);
    const over = this.kept.length - KEPT_LINES;
    if (over > 0) {
      this.kept = this.kept.slice(over);
      this.dropped += over;
    }
    for (const listener of this.listeners) listener(lines);
  }

  /** Begin anew. */
  clear(): void {
    this.kept = [];
    this.dropped = 0;
    for (const listener of this.listeners) listener(null);
  }

  /** Hear of new lines; null when the log begins anew. Returns what ends it. */
  listen(listener: (lines: readonly LogLine[] | null) => void): () => void {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  }
}

function lineOf(event: BuildEvent): LogLine[] {
  if (event.kind === "progress" || event.message === "") return [];
  if (event.kind === "log" || event.kind === "warning" || event.kind === "failed") {
    return [{ text: event.message, kind: event.kind }];
  }
  return [{ text: event.message, kind: "message" }];
}
