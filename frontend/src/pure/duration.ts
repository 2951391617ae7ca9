// SPDX-License-Identifier: GPL-3.0-or-later
/** How long something takes or took, and when it was, in words. */

/** A short text for a running clock: `4.2 s`, `1 min 05 s`, `2 h 03 min`. */
export function duration(seconds: number): string {
  const s = Math.max(0, seconds);
  if (s < 9.95) return `${s.toFixed(1)} s`;
  const whole = Math.round(s);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor((whole % 3600) / 60))} min`;
}

/** A rough text for a person who plans: `less than a minute`, `about 12 minutes`. */
export function roughly(seconds: number): string {
  if (seconds < 50) return "less than a minute";
  const minutes = Math.round(seconds / 60);
  if (minutes < 90) return minutes <= 1 ? "about a minute" : `about ${minutes} minutes`;
  const hours = Math.round(minutes / 60);
  if (hours < 36) return `about ${hours} hours`;
  return `about ${Math.round(hours / 24)} days`;
}

/** How long ago a moment was. */
export function ago(moment: number, now: number): string {
  const seconds = (now - moment) / 1000;
  return seconds < 50 ? "just now" : `${roughly(seconds).replace("about ", "")} ago`;
}

/** A moment in milliseconds from what the service writes: ISO 8601, or seconds since 1970. */
export function moment(written: string | number | null | undefined): number | null {
  if (written === null || written === undefined || written === "") return null;
  const parsed = typeof written === "number" ? written * 1000 : Date.parse(written);
  return Number.isFinite(parsed) ? parsed : null;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
