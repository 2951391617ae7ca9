// SPDX-License-Identifier: GPL-3.0-or-later
/** What a session's own page knows of its end, and what it shows of that. Times in milliseconds. */

/** What the gate says. */
export interface Told {
  /** How long is left, or null when nothing ends the session. */
  readonly seconds: number | null;
  readonly can_stay: boolean;
  readonly warned_seconds: number;
  readonly sessions: string;
  readonly session: string;
}

/** `gone`: something answers that is not the session. `away`: nothing answers. */
export type Look =
  | { readonly kind: "runs"; readonly told: Told }
  | { readonly kind: "gone" | "away" | "refused" };

export interface Known {
  readonly told: Told | null;
  /** When the session stops, by the page's clock. */
  readonly ends: number | null;
  /** How often in a row something else answered. */
  readonly missed: number;
  readonly stopped: boolean;
  /** It was stopped, and is there again. */
  readonly back: boolean;
}

export type Shown =
  | { readonly kind: "nothing" }
  | { readonly kind: "countdown"; readonly seconds: number; readonly canStay: boolean }
  | { readonly kind: "stopped"; readonly back: boolean };

export const NOTHING_KNOWN: Known = { told: null, ends: null, missed: 0, stopped: false, back: false };

// A proxy that starts again answers for a moment as if no session were there.
const MISSES = 3;
const NEAR_MS = 3000;
const SELDOM_MS = 60_000;
const OFTEN_MS = 5000;

/** What is known after one more look. */
export function afterLook(known: Known, look: Look, now: number): Known {
  // After a stop the page's own token counts no more: to be refused is to be there.
  if (known.stopped && (look.kind === "runs" || look.kind === "refused")) return { ...known, back: true };
  if (known.stopped) return { ...known, back: look.kind === "away" && known.back };
  if (look.kind === "runs") {
    const { told } = look;
    const ends = told.seconds === null ? null : now + told.seconds * 1000;
    return { ...NOTHING_KNOWN, told, ends };
  }
  if (look.kind !== "gone" || known.told === null) return { ...known, missed: 0 };
  const missed = known.missed + 1;
  const due = known.ends !== null && now >= known.ends - NEAR_MS;
  return { ...known, missed, stopped: due || missed >= MISSES };
}

/** What the page shows now. */
export function shown(known: Known, now: number): Shown {
  if (known.stopped) return { kind: "stopped", back: known.back };
  if (known.told === null || known.ends === null) return { kind: "nothing" };
  const seconds = Math.max(0, (known.ends - now) / 1000);
  if (seconds > known.told.warned_seconds) return { kind: "nothing" };
  return { kind: "countdown", seconds, canStay: known.told.can_stay };
}

/** How long to wait before the next look. */
export function untilLook(known: Known, now: number): number {
  if (known.stopped || known.missed > 0) return OFTEN_MS;
  if (known.told === null || known.ends === null) return SELDOM_MS;
  const left = known.ends - now;
  const quiet = left - known.told.warned_seconds * 1000;
  // Just before the bar would be shown, whether it has to be; while it is, whether it still has to.
  if (quiet > 0) return Math.min(SELDOM_MS, Math.max(1000, quiet));
  return Math.min(OFTEN_MS, Math.max(1000, left));
}

/** The gate's answer as a value, or null for what is none. */
export function readTold(answer: unknown): Told | null {
  if (typeof answer !== "object" || answer === null) return null;
  const { seconds, can_stay, warned_seconds, sessions, session } = answer as Record<string, unknown>;
  if (typeof warned_seconds !== "number" || typeof sessions !== "string") return null;
  return {
    seconds: typeof seconds === "number" ? seconds : null,
    can_stay: can_stay === true,
    warned_seconds,
    sessions,
    session: typeof session === "string" ? session : "",
  };
}

/** Where the session is resumed. */
export function resumeAddress({ sessions, session }: Told, base: string): string {
  const page = new URL(sessions, base);
  page.searchParams.set("resume", session);
  return page.href;
}
