// SPDX-License-Identifier: GPL-3.0-or-later
/** A limit's setting as a person reads it: `memory_mib` 2048 is `Memory`, `2 GiB`. */

import { duration } from "./duration.ts";

export interface Limit {
  readonly name: string;
  readonly value: string;
}

/** Name and value of a limit; none (null or 0) is said so. */
export function limitText(setting: string, value: unknown): Limit {
  const unit = /_(seconds|mib)$/.exec(setting)?.[1];
  const words = setting.replace(/_(?:seconds|mib)$/, "").replaceAll("_", " ");
  const name = words.charAt(0).toUpperCase() + words.slice(1);
  if (value === null || value === undefined || value === 0) return { name, value: "no limit" };
  if (typeof value !== "number") return { name, value: String(value) };
  if (unit === "seconds") return { name: `${name} time`, value: duration(value) };
  if (unit === "mib") return { name, value: value >= 1024 ? `${trimmed(value / 1024)} GiB` : `${value} MiB` };
  return { name: name.replace(/^Cpus/, "Processors"), value: String(value) };
}

function trimmed(value: number): string {
  return value.toFixed(1).replace(/\.0$/, "");
}
