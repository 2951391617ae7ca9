// SPDX-License-Identifier: GPL-3.0-or-later
/**
 * A stand-in for the service, so that the page can be made and tested without it.
 *
 * node mock/server.ts [--port N] [--prefix /some/prefix/] [--stranger] [--guests] [--brand]
 *
 * Prints its address, then what it is asked to change, a line each. The page must have been built.
 */
import { createReadStream, existsSync, readFileSync } from "node:fs";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { gallery, parse, recent, refs, sessions, status } from "./answers.ts";
import { RESTARTED, script } from "./scripts.ts";

const { values } = parseArgs({
  options: {
    port: { type: "string", default: "0" },
    prefix: { type: "string", default: "/" },
    stranger: { type: "boolean", default: false },
    guests: { type: "boolean", default: false },
    brand: { type: "boolean", default: false },
  },
});
const prefix = values.prefix;
const built = fileURLToPath(new URL("../../src/binder_lite/web/static/", import.meta.url));
const TYPES: Readonly<Record<string, string>> = {
  ".js": "text/javascript",
  ".css": "text/css",
  ".svg": "image/svg+xml",
};
const POLICY =
  "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; object-src 'none'; base-uri 'self'; frame-ancestors 'none'";
const people = new Map(sessions.map((session) => [session.id, { ...session }]));
// The connection breaks, with its service or without; or it stays, and nothing comes any more.
const LOST: Readonly<Record<string, (answer: Answer) => unknown>> = {
  broken: (answer) => answer.destroy(),
  restarted: (answer) => answer.destroy(),
  silent: () => undefined,
};
let lost = 0;
let loggedIn = !values.stranger && !values.guests;

type Answer = ServerResponse<IncomingMessage>;

const server = createServer((request, answer) => {
  const url = new URL(request.url ?? "/", "http://localhost");
  if (!url.pathname.startsWith(prefix)) return json(answer, 404, { code: "page-not-found", message: "Not below the prefix.", hint: "" });
  const path = url.pathname.slice(prefix.length);
  if (request.method !== "GET") return changed(request, answer, path, url);
  return asked(request, answer, path, url);
});

function asked(request: IncomingMessage, answer: Answer, path: string, url: URL): void {
  if (path.startsWith("static/assets/")) return file(answer, path.slice("static/".length));
  if (path.startsWith("build/")) return stream(request, answer, nameIn(path));
  const followed = /^api\/sessions\/([^/]+)\/events$/.exec(path)?.[1];
  if (followed) return stream(request, answer, followed);
  if (/^api\/builds\/[^/]+\/log$/.test(path)) return text(answer, "text/plain; charset=utf-8", "The whole log.\n");
  if (path.startsWith("user/")) return text(answer, "text/html", "<!doctype html><title>The session</title><h1>The session</h1>");
  if (path === "login") {
    loggedIn = true;
    answer.writeHead(302, { location: url.searchParams.get("next") ?? prefix }).end();
    return;
  }
  if (/^badge(_logo)?\.svg$/.test(path)) return text(answer, "image/svg+xml", BADGE);
  if (path === "brand/logo") return text(answer, "image/svg+xml", LOGO);
  const source = url.searchParams.get("source") ?? "";
  switch (path) {
    case "api/config":
      return json(answer, 200, config());
    case "api/parse": {
      const parsed = parse(source);
      if (parsed) return json(answer, 200, parsed);
      return json(answer, 400, {
        code: "bad-source",
        message: `“${source}” is no repository.`,
        hint: "Paste an address such as https://codeberg.org/owner/repository.",
      });
    }
    case "api/refs":
      return json(answer, 200, refs);
    case "api/gallery":
      return json(answer, 200, gallery);
    case "api/recent":
      return json(answer, 200, recent);
    case "api/sessions":
      return json(answer, 200, [...people.values()]);
    case "api/pages/field-station":
      return json(answer, 200, { title: "About the Field Station", html: WRITTEN });
    case "api/pages/nothing":
      return json(answer, 404, { code: "page-not-found", message: "There is no such page.", hint: "" });
    case "api/status":
      return json(answer, 200, status);
    case "versions":
      return json(answer, 200, { builder: "binder-lite 0.1.0", binderhub: "0.1.0" });
    default:
      return page(answer);
  }
}

function changed(request: IncomingMessage, answer: Answer, path: string, url: URL): void {
  console.log(`${request.method} ${path}${url.search}`);
  if (request.headers["x-xsrftoken"] !== "mock-token") {
    return json(answer, 403, { code: "cross-site", message: "The request came from another site.", hint: "" });
  }
  if (path.startsWith("api/launches/")) {
    answer.writeHead(204).end();
    return;
  }
  const [, id = "", action = ""] = /^api\/sessions\/([^/]+)(?:\/(\w+))?$/.exec(path) ?? [];
  const session = people.get(id);
  if (!session) return json(answer, 404, { code: "session-not-found", message: "There is no session of this id.", hint: "" });
  if (request.method === "DELETE") {
    const lost = id === "barley" ? ["changed: notebooks/yield.ipynb", "new: results/table.csv", "1 commit that is on no remote"] : [];
    if (lost.length > 0 && url.searchParams.get("force") !== "1") {
      return json(answer, 409, { code: "unsaved-work", message: "The session holds work that is nowhere else.", hint: "Save what you need, or remove it all the same: the server keeps a copy.", unsaved: lost });
    }
    people.delete(id);
    answer.writeHead(204).end();
    return;
  }
  if (action === "stop") people.set(id, { ...session, state: "stopped", ends_at: null });
  if (action === "stay") people.set(id, { ...session, ends_at: new Date(Date.now() + 3_600_000).toISOString() });
  answer.writeHead(202).end();
}

function stream(request: IncomingMessage, answer: Answer, name: string): void {
  answer.writeHead(200, { "content-type": "text/event-stream", "cache-control": "no-cache" });
  const life = name === "restarted" && lost > 0 ? "mock.1" : "mock";
  const events = [...(life === "mock" ? [] : RESTARTED), ...script(name)];
  const began = Date.now();
  const last = String(request.headers["last-event-id"] ?? "");
  let next = last.startsWith(`${life}.0.`) ? Number(last.slice(life.length + 3)) : 0;
  let timer: NodeJS.Timeout | undefined;
  const tell = (): void => {
    for (; next < events.length; next += 1) {
      const told = events[next];
      if (told === undefined) return;
      if (told.wait > 0 && timer === undefined) {
        timer = setTimeout(tell, told.wait);
        return;
      }
      timer = undefined;
      // Repositories of these names lose their connection once, in the middle.
      if (name in LOST && next === 8 && lost === 0) {
        lost += 1;
        LOST[name]?.(answer);
        return;
      }
      const data = JSON.stringify({ time: (Date.now() - began) / 1000, ...told.event });
      answer.write(`id: ${life}.0.${next + 1}\ndata: ${data}\n\n`);
    }
  };
  request.on("close", () => clearTimeout(timer));
  tell();
}

function page(answer: Answer): void {
  const html = readFileSync(`${built}index.html`, "utf8").replace('<base href="/" />', `<base href="${prefix}" />`);
  answer.setHeader("set-cookie", `binder-lite-xsrf=mock-token; path=${prefix}`);
  answer.setHeader("content-security-policy", POLICY);
  text(answer, "text/html; charset=utf-8", html);
}

function file(answer: Answer, name: string): void {
  const path = `${built}${name}`;
  if (name.includes("..") || !existsSync(path)) {
    answer.writeHead(404).end();
    return;
  }
  answer.writeHead(200, { "content-type": TYPES[extname(name)] ?? "application/octet-stream" });
  createReadStream(path).pipe(answer);
}

function config(): object {
  const user = loggedIn ? { name: values.guests ? "guest-4711" : "forge-815", shown: values.guests ? "Visitor" : "Ada Lovelace", admin: false } : null;
  return {
    user,
    login_url: `${prefix}login`,
    logout_url: `${prefix}logout`,
    logout_everywhere_url: values.guests ? null : `${prefix}logout?everywhere=1`,
    anonymous: values.guests,
    name: values.brand ? "Field Station Notebooks" : "binder-lite",
    brand: values.brand
      ? {
          logo: "brand/logo",
          colours: { accent: "#7fd6c2" },
          footer: "Run by the Field Station.",
          texts: { title: "Notebooks of the Field Station" },
          pages: [
            { title: "Terms", href: "/terms" },
            { title: "About the Field Station", href: "pages/field-station" },
          ],
        }
      : { logo: null, colours: {}, footer: "", texts: {}, pages: [] },
    idle_seconds: 3600,
    public_url: "",
  };
}

function nameIn(path: string): string {
  return decodeURIComponent(path.split("/")[3] ?? "");
}

function json(answer: Answer, code: number, value: unknown): void {
  answer.writeHead(code, { "content-type": "application/json" }).end(JSON.stringify(value));
}

function text(answer: Answer, type: string, value: string): void {
  answer.writeHead(200, { "content-type": type }).end(value);
}

const WRITTEN =
  "<p>We count barley since 1921. What we count is at <a href=\"https://data.example.org/\">our archive</a>.</p>\n<h2>Who we are</h2>\n<ul>\n<li>Two agronomists</li>\n<li>A <code>daemon</code></li>\n</ul>\n<ol>\n<li>Sow</li>\n<li>Reap</li>\n</ol>\n<blockquote>\n<p>Numbers grow.</p>\n</blockquote>\n<pre><code>git clone https://git.example.org/barley\n</code></pre>\n<table>\n<thead>\n<tr><th>Year</th><th>Plots</th></tr>\n</thead>\n<tbody>\n<tr><td>1921</td><td>12</td></tr>\n</tbody>\n</table>\n<hr />\n<h3>Since when</h3>\n<p>1921.</p>\n";
const BADGE =
  '<svg xmlns="http://www.w3.org/2000/svg" width="110" height="20"><rect width="110" height="20" rx="3" fill="#555"/><rect x="52" width="58" height="20" rx="3" fill="#8a5200"/><text x="8" y="14" font-family="sans-serif" font-size="11" fill="#fff">launch</text><text x="60" y="14" font-family="sans-serif" font-size="11" fill="#fff">notebook</text></svg>';
const LOGO =
  '<svg xmlns="http://www.w3.org/2000/svg" width="32" height="32"><circle cx="16" cy="16" r="14" fill="#2a9d8f"/></svg>';

server.listen(Number(values.port), "127.0.0.1", () => {
  const place = server.address();
  const port = typeof place === "object" && place !== null ? place.port : values.port;
  console.log(`http://127.0.0.1:${port}${prefix}`);
});
