// SPDX-License-Identifier: GPL-3.0-or-later
/** Names and versions out of the service's answer, whatever else it holds. */
export function versionsText(answer: unknown): readonly (readonly [string, string])[] {
  if (typeof answer !== "object" || answer === null) return [];
  return Object.entries(answer).flatMap(([name, version]: [string, unknown]) =>
    typeof version === "string" && version !== "" ? [[name, version] as const] : [],
  );
}
