// SPDX-License-Identifier: GPL-3.0-or-later
/** Binder specs and the addresses made of them. The service parses; here they are put together. */

/** How many parts of a spec, its provider included, come before the ref. */
const PARTS_BEFORE_REF: ReadonlyMap<string, number> = new Map([
  ["gh", 3],
  ["gl", 2],
  ["git", 2],
  ["gist", 3],
]);

/** Whether a spec of this provider names a ref that a person may choose. */
export function hasRef(spec: string): boolean {
  return PARTS_BEFORE_REF.has(spec.split("/")[0] ?? "");
}

/** The ref that a spec names, or "" when it names none. */
export function refOf(spec: string): string {
  const parts = spec.split("/");
  const before = PARTS_BEFORE_REF.get(parts[0] ?? "");
  return before === undefined ? "" : parts.slice(before).map(unescaped).join("/");
}

/** The same spec with another ref; one without a choice of refs stays as it is. */
export function withRef(spec: string, ref: string): string {
  const parts = spec.split("/");
  const before = PARTS_BEFORE_REF.get(parts[0] ?? "");
  if (before === undefined || ref.trim() === "") return spec;
  return [...parts.slice(0, before), ...ref.trim().split("/").map(encodeURIComponent)].join("/");
}

/** A name for a spec that a person recognises: `owner/repository`, or the last of a URL's path. */
export function nameOf(spec: string): string {
  const parts = spec.split("/");
  const before = PARTS_BEFORE_REF.get(parts[0] ?? "") ?? parts.length;
  const named = parts.slice(1, before).map(unescaped).join("/");
  const withoutScheme = named.replace(/^[a-z+]+:\/\/(?:[^/@]*@)?/i, "");
  return withoutScheme.replace(/\.git$/, "") || spec;
}

/** The launch page's address below the base. */
export function launchAddress(spec: string, path: string): string {
  const query = path.trim() === "" ? "" : `?labpath=${encodeURIComponent(path.trim())}`;
  return `v2/${spec}${query}`;
}

/** The file that a launch page's query asks for, in any of the ways that Binder links use. */
export function fileOf(query: string): string {
  const asked = new URLSearchParams(query);
  const urlpath = asked.get("urlpath") ?? "";
  const inUrl = /^\/?(?:lab|doc)?\/?(?:tree|notebooks)\/(.+)$/.exec(urlpath)?.[1];
  return asked.get("labpath") ?? asked.get("filepath") ?? inUrl ?? "";
}

/** Text with its percent escapes read, or as it is when they are broken. */
export function unescaped(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
