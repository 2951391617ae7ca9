// SPDX-License-Identifier: GPL-3.0-or-later
/** Which page an address means. Everything is below the document's base, whatever that is. */

export type Route =
  | { page: "home" }
  | { page: "launch"; spec: string; query: string }
  | { page: "sessions" }
  | { page: "resume"; session: string }
  | { page: "links" }
  | { page: "about" }
  | { page: "status" }
  | { page: "brand"; name: string }
  | { page: "missing"; path: string };

const PLAIN = ["sessions", "links", "about", "status"] as const;

/** Read an address; `base` ends in a slash. */
export function routeOf(address: URL, base: URL): Route {
  const path = address.pathname.startsWith(base.pathname)
    ? address.pathname.slice(base.pathname.length)
    : address.pathname.slice(1);
  if (path === "" || path === "index.html") return { page: "home" };
  // The spec stays as it was written: its escaped slashes are part of it.
  if (path.startsWith("v2/") && path.split("/").length > 2) {
    return { page: "launch", spec: path.slice(3), query: address.search };
  }
  const name = /^pages\/([\w-]+)\/?$/.exec(path)?.[1];
  if (name !== undefined) return { page: "brand", name };
  const resumed = address.searchParams.get("resume");
  if (path === "sessions" && resumed) return { page: "resume", session: resumed };
  const plain = PLAIN.find((name) => path === name || path === `${name}/`);
  return plain ? { page: plain } : { page: "missing", path };
}
