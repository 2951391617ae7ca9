// SPDX-License-Identifier: GPL-3.0-or-later
/** What a launch looks like after some events: the steps with their times, and how it ended. */

import { PHASES, type BuildEvent, type Failure, type Found, type Phase, type ReadySession } from "./build-event.ts";

export interface Note {
  readonly text: string;
  readonly warning: boolean;
}

export interface Step {
  readonly phase: Phase;
  readonly state: "to come" | "running" | "done" | "failed";
  /** Seconds since the launch began. */
  readonly begun: number | null;
  readonly ended: number | null;
  readonly notes: readonly Note[];
  readonly progress: { done: number; total: number | null; unit: string; text: string } | null;
  /** The last line that a tool said in this step. */
  readonly lastLine: string;
}

export type Outcome =
  | { readonly kind: "running" }
  | { readonly kind: "cancelled" }
  | ({ readonly kind: "ready" } & ReadySession)
  | ({ readonly kind: "failed"; readonly message: string } & Failure);

export interface LaunchState {
  readonly steps: readonly Step[];
  readonly current: Phase;
  readonly position: number | null;
  /** When it will be built by experience, in seconds since the launch began. */
  readonly estimate: number | null;
  readonly found: Found | null;
  readonly environment: string;
  readonly outcome: Outcome;
}

const ENDED: readonly string[] = ["ready", "failed"];

/** A launch of which nothing has been heard. */
export function nothingYet(): LaunchState {
  return {
    steps: PHASES.map((phase) => ({
      phase,
      state: "to come",
      begun: null,
      ended: null,
      notes: [],
      progress: null,
      lastLine: "",
    })),
    current: "waiting",
    position: null,
    estimate: null,
    found: null,
    environment: "",
    outcome: { kind: "running" },
  };
}

/** The state after one more event; `clock` is the page's own count of seconds. */
export function after(state: LaunchState, event: BuildEvent, clock: number): LaunchState {
  if (ENDED.includes(state.outcome.kind)) return state;
  const time = event.time ?? clock;
  // A failure's phase says nothing of where it happened: that is where the launch stood.
  const phase = event.kind === "failed" ? state.current : event.phase;
  const current = later(phase, state.current);
  const steps = state.steps.map((step) => moved(step, current, time));
  const heard = steps.map((step) => (step.phase === phase ? noted(step, event, time) : step));
  return {
    steps: event.kind === "failed" || event.kind === "ready" ? ended(heard, event, time) : heard,
    current,
    // The queue is over when anything else is heard.
    position: event.kind === "queued" ? event.position : null,
    estimate: event.estimate === null ? state.estimate : time + event.estimate,
    found: event.kind === "found" ? event.found : state.found,
    environment: "environment" in event && event.environment ? event.environment : state.environment,
    outcome: outcomeOf(event),
  };
}

/** The state when the person has left the launch. */
export function cancelled(state: LaunchState, clock: number): LaunchState {
  const steps = state.steps.map((step): Step =>
    step.state === "running" ? { ...step, state: "failed", ended: clock } : step,
  );
  return { ...state, steps, outcome: { kind: "cancelled" } };
}

/** How many seconds the whole took, or has taken by `clock`. */
export function elapsed(state: LaunchState, clock: number): number {
  if (state.outcome.kind === "running") return clock;
  return Math.max(0, ...state.steps.map((step) => step.ended ?? 0));
}

function moved(step: Step, current: Phase, time: number): Step {
  const rank = PHASES.indexOf(step.phase) - PHASES.indexOf(current);
  if (rank === 0 && step.begun === null) return { ...step, state: "running", begun: time };
  if (rank < 0 && step.state === "running") return { ...step, state: "done", ended: time, progress: null };
  return step;
}

function noted(step: Step, event: BuildEvent, time: number): Step {
  // Steps may overlap: one that was over speaks again.
  const heard: Step =
    step.state === "done"
      ? { ...step, ended: Math.max(step.ended ?? 0, time) }
      : step.begun === null
        ? { ...step, state: "done", begun: time, ended: time }
        : step;
  switch (event.kind) {
    case "log":
      return { ...heard, lastLine: event.message };
    case "progress":
      if (heard.state === "done") return heard;
      return { ...heard, progress: { done: event.done, total: event.total, unit: event.unit, text: event.message } };
    case "message":
    case "queued":
    case "warning":
      if (event.message === "") return heard;
      return { ...heard, notes: [...heard.notes, { text: event.message, warning: event.kind === "warning" }] };
    default:
      return heard;
  }
}

function ended(steps: readonly Step[], event: BuildEvent, time: number): readonly Step[] {
  const state = event.kind === "failed" ? "failed" : "done";
  return steps.map((step): Step =>
    step.state === "running" ? { ...step, state, ended: time, progress: null } : step,
  );
}

function outcomeOf(event: BuildEvent): Outcome {
  if (event.kind === "failed") {
    const { code, status, hint, log, lastLines, message } = event;
    return { kind: "failed", code, status, hint, log, lastLines, message };
  }
  if (event.kind === "ready") {
    const { url, page, path, kernel, engine, environment } = event;
    return { kind: "ready", url, page, path, kernel, engine, environment };
  }
  return { kind: "running" };
}

function later(one: Phase, other: Phase): Phase {
  return PHASES.indexOf(one) > PHASES.indexOf(other) ? one : other;
}
