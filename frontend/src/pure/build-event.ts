// SPDX-License-Identifier: GPL-3.0-or-later
/** The events of a launch, as the service sends them, read into values that the page can trust. */

import { printable } from "./printable.ts";

export const PHASES = ["waiting", "fetching", "building", "launching"] as const;
export type Phase = (typeof PHASES)[number];

interface Said {
  readonly phase: Phase;
  readonly message: string;
  /** Seconds since the launch began, or null when the service did not say. */
  readonly time: number | null;
  /** How long what begins now takes by experience, in seconds. */
  readonly estimate: number | null;
}

export type BuildEvent =
  | (Said & { readonly kind: "message" | "log" | "warning" })
  | (Said & { readonly kind: "queued"; readonly position: number })
  | (Said & {
      readonly kind: "progress";
      readonly done: number;
      readonly total: number | null;
      readonly unit: string;
    })
  | (Said & { readonly kind: "built"; readonly environment: string })
  | (Said & { readonly kind: "found"; readonly found: Found })
  | (Said & Failure & { readonly kind: "failed" })
  | (Said & ReadySession & { readonly kind: "ready" });

/** What a launch found in the repository, and why this engine builds it. */
export interface Found {
  readonly files: readonly string[];
  readonly moreFiles: number;
  readonly guessed: boolean;
  readonly commit: string;
  readonly ref: string;
  readonly software: string;
  readonly requirements: number;
  readonly notebook: string;
  readonly engine: string;
  readonly reason: string;
}

export interface Failure {
  readonly code: string;
  readonly status: number | null;
  readonly hint: string;
  readonly log: string;
  readonly lastLines: readonly string[];
}

export interface ReadySession {
  readonly url: string;
  readonly page: string;
  readonly path: string;
  readonly kernel: string;
  readonly engine: string;
  readonly environment: string;
}

/** Read one event's data. Returns null for what is no event of a launch (it is left out). */
export function readEvent(data: string): BuildEvent | null {
  const raw = parsed(data);
  if (raw === null) return null;
  const name = text(raw["phase"]);
  const said: Said = {
    phase: phaseOf(name),
    message: printable(text(raw["message"]).replace(/\r?\n$/, "")),
    time: number(raw["time"]),
    estimate: number(raw["estimate"]),
  };
  const kind = text(raw["kind"]);
  if (name === "failed" || kind === "failed") return { ...said, kind: "failed", ...failure(raw) };
  if (name === "ready" || kind === "ready") return { ...said, kind: "ready", ...ready(raw) };
  if (name === "built" || kind === "built") {
    const environment = text(raw["environment"]) || text(raw["imageName"]);
    return { ...said, kind: "built", environment };
  }
  if (kind === "found") return { ...said, kind: "found", found: found(raw) };
  const done = number(raw["done"]);
  if (kind === "progress" && done !== null) {
    const total = number(raw["total"]);
    return { ...said, kind: "progress", done, total, unit: text(raw["unit"]) };
  }
  const position = number(raw["position"]);
  if (name === "waiting" && position !== null) return { ...said, kind: "queued", position };
  return { ...said, kind: kind === "log" || kind === "warning" ? kind : "message" };
}

function found(raw: Readonly<Record<string, unknown>>): Found {
  const files = raw["files"];
  return {
    files: Array.isArray(files) ? files.map((name) => printable(text(name))) : [],
    moreFiles: number(raw["more_files"]) ?? 0,
    guessed: raw["guessed"] === true,
    commit: printable(text(raw["commit"])),
    ref: printable(text(raw["ref"])),
    software: printable(text(raw["software"])),
    requirements: number(raw["requirements"]) ?? 0,
    notebook: printable(text(raw["notebook"])),
    engine: printable(text(raw["engine"])),
    reason: printable(text(raw["reason"])),
  };
}

function failure(raw: Readonly<Record<string, unknown>>): Failure {
  const lines = raw["last_lines"];
  return {
    code: text(raw["code"]),
    status: number(raw["status_code"]),
    hint: text(raw["hint"]),
    log: text(raw["log"]),
    lastLines: Array.isArray(lines) ? lines.map((line) => printable(text(line))) : [],
  };
}

function ready(raw: Readonly<Record<string, unknown>>): ReadySession {
  return {
    url: text(raw["url"]),
    page: text(raw["page"]),
    path: text(raw["path"]),
    kernel: text(raw["kernel"]),
    engine: text(raw["engine"]),
    environment: text(raw["environment"]),
  };
}

function phaseOf(name: string): Phase {
  if (name === "built") return "building";
  if (name === "ready") return "launching";
  return PHASES.find((phase) => phase === name) ?? "waiting";
}

function parsed(data: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(data);
    return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : null;
  } catch {
    return null;
  }
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function number(value: unknown): number | null {
  return typeof value === "number" && Number.isFinite(value) ? value : null;
}
