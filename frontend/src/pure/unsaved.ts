// SPDX-License-Identifier: GPL-3.0-or-later
/** The list of unsaved work as text; entries are sentences, or values that have a path. */
export function unsavedText(unsaved: unknown): readonly string[] {
  if (!Array.isArray(unsaved)) return [];
  return unsaved.map((entry: unknown) => {
    if (typeof entry === "string") return entry;
    if (Array.isArray(entry)) return entry.join(" ");
    if (typeof entry === "object" && entry !== null) {
      const fields = entry as Record<string, unknown>;
      const said = [fields["what"] ?? fields["state"], fields["path"] ?? fields["name"]];
      const words = said.filter((word) => typeof word === "string").join(" ");
      if (words) return words;
    }
    return JSON.stringify(entry) ?? "";
  });
}
