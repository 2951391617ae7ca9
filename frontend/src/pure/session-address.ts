// SPDX-License-Identifier: GPL-3.0-or-later
/** Where a ready session is opened. A link's query may choose the page, never another place. */

export interface Ready {
  readonly url: string;
  readonly page: string;
  readonly path: string;
}

/**
 * The address to open, or null when the session's own is none of the web's.
 *
 * Binder links ask by `urlpath` (as it is), `labpath` and `filepath`; without them the service's
 * own answer counts.
 */
export function sessionAddress(ready: Ready, query: string, base: string): string | null {
  const session = parsed(ready.url, base);
  if (session === null || !/^https?:$/.test(session.protocol)) return null;
  if (!session.pathname.endsWith("/")) session.pathname += "/";
  const root = session.origin + session.pathname;
  for (const page of pages(ready, query)) {
    const address = parsed(root + page.replace(/^[/\\]+/, ""), base);
    // A page such as `../../hub/logout` or one that becomes another host is not followed.
    if (address !== null && address.href.startsWith(root)) return address.href;
  }
  return root;
}

function pages(ready: Ready, query: string): string[] {
  const asked = new URLSearchParams(query);
  const urlpath = asked.get("urlpath");
  const labpath = asked.get("labpath");
  const filepath = asked.get("filepath");
  const found: string[] = [];
  if (urlpath) found.push(urlpath);
  if (ready.page) found.push(ready.page);
  if (labpath) found.push(`doc/tree/${escaped(labpath)}`);
  if (filepath) found.push(`tree/${escaped(filepath)}`);
  if (ready.path) found.push(`lab/tree/${escaped(ready.path)}`);
  found.push("lab");
  return found;
}

function escaped(path: string): string {
  return path.split("/").map(encodeURIComponent).join("/");
}

function parsed(address: string, base: string): URL | null {
  try {
    return new URL(address, base);
  } catch {
    return null;
  }
}
