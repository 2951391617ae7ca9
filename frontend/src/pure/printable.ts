// SPDX-License-Identifier: GPL-3.0-or-later
/** A build's log is hostile text. The service has taken the escapes out; the page trusts nobody. */

// Operating system commands and their kin, control sequences, two-character escapes, and any other
// control or text-direction character but tab.
const ESCAPES =
  // eslint-disable-next-line no-control-regex
  /\x1b[\]PX^_][\s\S]*?(?:\x07|\x1b\\|$)|(?:\x1b\[|\x9b)[0-?]*[ -/]*[@-~]|\x1b[ -/]*[0-~]|[\x00-\x08\x0a-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;

/** The text without anything that a terminal would obey. */
export function printable(text: string): string {
  return text.replace(ESCAPES, "");
}
