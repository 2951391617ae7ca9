// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, test } from "vitest";
import { amount } from "../src/pure/amount.ts";
import { badge } from "../src/pure/badge.ts";
import { contrast, readable, readColour, textOn } from "../src/pure/colours.ts";
import { ago, duration, moment, roughly } from "../src/pure/duration.ts";
import { limitText } from "../src/pure/limits.ts";
import { loginAddress } from "../src/pure/login.ts";
import { printable } from "../src/pure/printable.ts";
import { routeOf } from "../src/pure/routes.ts";
import { sessionAddress } from "../src/pure/session-address.ts";
import { fileOf, hasRef, launchAddress, nameOf, refOf, withRef } from "../src/pure/spec.ts";
import { unsavedText } from "../src/pure/unsaved.ts";
import { versionText } from "../src/pure/versions.ts";

describe("durations", () => {
  test.each([
    [0, "0.0 s"], [-3, "0.0 s"], [4.24, "4.2 s"], [9.97, "10 s"], [59.4, "59 s"],
    [65, "1 min 05 s"], [3599.6, "1 h 00 min"], [7384, "2 h 03 min"],
  ])("%d seconds", (seconds, text) => expect(duration(seconds)).toBe(text));
  test.each([
    [10, "less than a minute"], [60, "about a minute"], [720, "about 12 minutes"],
    [7200, "about 2 hours"], [200_000, "about 2 days"],
  ])("roughly %d seconds", (seconds, text) => expect(roughly(seconds)).toBe(text));
  test("the past", () => {
    expect(ago(1000, 2000)).toBe("just now");
    expect(ago(0, 600_000)).toBe("10 minutes ago");
  });
  test("moments in both of the service's forms", () => {
    expect(moment("1970-01-01T00:00:05Z")).toBe(5000);
    expect(moment(5)).toBe(5000);
    expect(moment(null)).toBeNull();
    expect(moment("soon")).toBeNull();
  });
});

describe("routes", () => {
  const base = new URL("https://example.org/some/prefix/");
  const route = (below: string) => routeOf(new URL(below, base), base);
  test.each([
    ["", { page: "home" }],
    ["sessions", { page: "sessions" }],
    ["sessions?resume=abc", { page: "resume", session: "abc" }],
    ["links/", { page: "links" }],
    ["v2/gh/owner", { page: "launch", spec: "gh/owner", query: "" }],
    ["v2/git/https%3A%2F%2Fx.org%2Fa.git/topic/one?labpath=a%20b.ipynb",
      { page: "launch", spec: "git/https%3A%2F%2Fx.org%2Fa.git/topic/one", query: "?labpath=a%20b.ipynb" }],
    ["v2/", { page: "missing", path: "v2/" }],
    ["elsewhere", { page: "missing", path: "elsewhere" }],
  ])("%s", (below, expected) => expect(route(below)).toEqual(expected));
});

describe("specs", () => {
  test.each([
    ["gh/owner/repo/HEAD", "topic/one", "gh/owner/repo/topic/one"],
    ["gh/owner/repo/topic/one", "v1", "gh/owner/repo/v1"],
    ["gl/group%2Fproject/main", "a b", "gl/group%2Fproject/a%20b"],
    ["git/https%3A%2F%2Fx.org%2Fa.git/main", "dev?x#y", "git/https%3A%2F%2Fx.org%2Fa.git/dev%3Fx%23y"],
    ["gist/user/0a1b", "0c", "gist/user/0a1b/0c"],
    ["zenodo/10.5281/zenodo.1", "main", "zenodo/10.5281/zenodo.1"],
    ["gh/owner/repo/main", "  ", "gh/owner/repo/main"],
  ])("%s with ref %s", (spec, ref, expected) => expect(withRef(spec, ref)).toBe(expected));
  test("the ref of a spec", () => {
    expect(refOf("gh/owner/repo/topic/one")).toBe("topic/one");
    expect(refOf("zenodo/10.5281/x")).toBe("");
    expect(hasRef("gl/a%2Fb/main")).toBe(true);
    expect(hasRef("figshare/10.1/x")).toBe(false);
    expect(hasRef("toString/x")).toBe(false);
  });
  test("names that people know", () => {
    expect(nameOf("gh/owner/repo/main")).toBe("owner/repo");
    expect(nameOf("gl/group%2Fproject/main")).toBe("group/project");
    expect(nameOf("git/https%3A%2F%2Fme%40x.org%2Fa.git/main")).toBe("x.org/a");
    expect(nameOf("git/%E0%A4%A/main")).toBe("%E0%A4%A");
  });
  test("the file in each kind of link", () => {
    expect(launchAddress("gh/o/r/HEAD", "a/b c.ipynb")).toBe("v2/gh/o/r/HEAD?labpath=a%2Fb%20c.ipynb");
    expect(fileOf("?labpath=a%2Fb%20c.ipynb")).toBe("a/b c.ipynb");
    expect(fileOf("?filepath=x.ipynb")).toBe("x.ipynb");
    expect(fileOf("?urlpath=lab%2Ftree%2Fx.ipynb")).toBe("x.ipynb");
    expect(fileOf("?urlpath=rstudio")).toBe("");
  });
});

describe("where a session is opened", () => {
  const base = "https://example.org/p/";
  const ready = { url: "/p/user/ada/one/", page: "", path: "" };
  const root = "https://example.org/p/user/ada/one/";
  test.each([
    ["", `${root}lab`],
    ["?urlpath=rstudio%2F", `${root}rstudio/`],
    ["?urlpath=%2Ftree", `${root}tree`],
    ["?labpath=a%20b.ipynb", `${root}doc/tree/a%20b.ipynb`],
    ["?filepath=x.ipynb", `${root}tree/x.ipynb`],
  ])("link %s", (query, expected) => expect(sessionAddress(ready, query, base)).toBe(expected));
  test("what the service says comes before the link's file", () => {
    const said = { ...ready, page: "notebooks/x.ipynb", path: "x.ipynb" };
    expect(sessionAddress(said, "?labpath=x.ipynb", base)).toBe(`${root}notebooks/x.ipynb`);
  });
  test.each([
    "?urlpath=..%2F..%2F..%2Fhub%2Flogout", "?urlpath=%2F%2Fevil.example%2F", "?urlpath=%5C%5Cevil.example",
    "?urlpath=%2e%2e%2Ftwo%2Flab", "?urlpath=javascript%3Aalert(1)", "?urlpath=https%3A%2F%2Fevil.example",
    "?labpath=..%2F..%2F..%2F..%2Ftwo", "?urlpath=.%09.%2F.%09.%2F..%2Fhub",
  ])("%s leads nowhere else", (query) => {
    const opened = sessionAddress(ready, query, base) ?? "";
    expect(new URL(opened).href.startsWith(root)).toBe(true);
  });
  test.each(["javascript:alert(1)", "data:text/html,x", "http://[", "blob:x"])("%s is no session", (url) =>
    expect(sessionAddress({ ...ready, url }, "", base)).toBeNull(),
  );
});

test("terminal escapes are taken out", () => {
  const hostile = "a\x1b]0;title\x07b\x1b[2Jc\x1b]8;;http://evil\x1b\\d\x9b31me\u202ef\tg\rh";
  expect(printable(hostile)).toBe("abcdef\tgh");
});

test("badges are escaped for each language", () => {
  const made = badge('https://x.org/v2/gh/a/b(1)?x="&y', "https://x.org/badge.svg", "Launch on <us>");
  expect(made.markdown).toBe('[![Launch on <us>](https://x.org/badge.svg)](https://x.org/v2/gh/a/b%281%29?x="&y)');
  expect(made.html).toBe(
    '<a href="https://x.org/v2/gh/a/b(1)?x=&quot;&amp;y"><img src="https://x.org/badge.svg" alt="Launch on &lt;us&gt;"></a>',
  );
  expect(made.rst.split("\n")).toHaveLength(3);
});

describe("colours", () => {
  test("what is read", () => {
    expect(readColour("#abc")).toEqual([170, 187, 204]);
    expect(readColour("#0a1B2c")).toEqual([10, 27, 44]);
    expect(readColour("red; background: url(x)")).toBeNull();
  });
  test.each(["#ffff00", "#7fd6c2", "#000000", "#ffffff", "#8a5200", "#777777"])("%s can be read in both themes", (text) => {
    const colour = readColour(text) ?? [0, 0, 0];
    for (const background of [[253, 252, 249], [23, 22, 20]] as const) {
      const shown = readable(colour, background);
      expect(contrast(shown, background)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(textOn(shown), shown)).toBeGreaterThanOrEqual(4.5);
    }
  });
});

test("the login comes back to where one was", () => {
  const here = new URL("https://x.org/p/v2/gh/a/b/HEAD?labpath=c");
  const base = new URL("https://x.org/p/");
  expect(loginAddress("/p/login", here, base)).toBe("https://x.org/p/login?next=%2Fp%2Fv2%2Fgh%2Fa%2Fb%2FHEAD%3Flabpath%3Dc");
  expect(loginAddress("/p/login?next=%2Fp%2F", here, base)).toBe("https://x.org/p/login?next=%2Fp%2F");
});

test("amounts", () => {
  expect(amount(3, 12, "packages")).toBe("3 of 12 packages");
  expect(amount(21_400_000, null, "bytes")).toBe("21.4 MB");
  expect(amount(39.6, 100, "%")).toBe("40 %");
});

test("limits, unsaved work and versions as text", () => {
  expect(limitText("memory_mib", 2048)).toEqual({ name: "Memory", value: "2 GiB" });
  expect(limitText("build_seconds", 3600)).toEqual({ name: "Build time", value: "1 h 00 min" });
  expect(limitText("cpus", 2)).toEqual({ name: "Processors", value: "2" });
  expect(limitText("disk_mib", null)).toEqual({ name: "Disk", value: "no limit" });
  expect(unsavedText(["new: a", { what: "changed", path: "b" }, ["deleted", "c"], {}])).toEqual([
    "new: a", "changed b", "deleted c", "{}",
  ]);
  expect(unsavedText(undefined)).toEqual([]);
  expect(versionText({ builder: "binder-lite 1.0", binderhub: "1.0" })).toBe("binder-lite 1.0");
  expect(versionText(null)).toBe("");
  expect(versionText({ builder: 3 })).toBe("");
});
