// SPDX-License-Identifier: GPL-3.0-or-later
/** The server's version, out of an answer whose form is BinderHub's. */
export function versionText(answer: unknown): string {
  if (typeof answer !== "object" || answer === null) return "";
  const builder: unknown = (answer as Record<string, unknown>)["builder"];
  return typeof builder === "string" ? builder : "";
}
