// SPDX-License-Identifier: GPL-3.0-or-later
/** What a person is told of a session's disk space and of its removal, or null for nothing. */

import { moment, roughly } from "./duration.ts";

const SHOWN_DAYS = 10;
const DAY_SECONDS = 86400;
const GIB = 1024 ** 3;

/** A notice that a stopped session will be removed, when that is soon. */
export function removalText(removedAt: string | number | null | undefined, now: number): string | null {
  const at = moment(removedAt);
  if (at === null) return null;
  const seconds = (at - now) / 1000;
  if (seconds > SHOWN_DAYS * DAY_SECONDS) return null;
  return `Will be removed in ${roughly(Math.max(0, seconds))} unless it is resumed`;
}

/** A warning that a session takes more disk space than it may. */
export function diskText(disk: number | null | undefined, limit: number | null | undefined): string | null {
  if (!disk || !limit || disk <= limit) return null;
  return `Its files take ${gib(disk)}, and ${gib(limit)} are allowed: remove some, or it will be stopped`;
}

function gib(bytes: number): string {
  return `${(bytes / GIB).toFixed(1)} GiB`;
}
