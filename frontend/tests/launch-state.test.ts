// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, test } from "vitest";
import { LaunchLog, KEPT_LINES } from "../src/launch-log.ts";
import { readEvent, type BuildEvent } from "../src/pure/build-event.ts";
import { after, cancelled, elapsed, nothingYet, type LaunchState } from "../src/pure/launch-state.ts";

const event = (fields: object): BuildEvent => {
  const read = readEvent(JSON.stringify(fields));
  if (read === null) throw new Error("no event");
  return read;
};
const told = (...all: object[]): LaunchState =>
  all.reduce((state: LaunchState, fields) => after(state, event(fields), 99), nothingYet());
const step = (state: LaunchState, phase: string) => {
  const found = state.steps.find((each) => each.phase === phase);
  if (found === undefined) throw new Error(phase);
  return found;
};

describe("reading", () => {
  test.each(["", "{", "null", "3", '"x"'])("%s is no event", (data) => expect(readEvent(data)).toBeNull());
  test("BinderHub's own events need no more than phase and message", () => {
    expect(event({ phase: "building", message: "Step 1\n" })).toMatchObject({ kind: "message", message: "Step 1" });
    expect(event({ phase: "failed", message: "No" })).toMatchObject({ kind: "failed", code: "", lastLines: [] });
    expect(event({ phase: "ready", url: "/u/" })).toMatchObject({ kind: "ready", url: "/u/", path: "" });
    expect(event({ phase: "built", imageName: "key" })).toMatchObject({ kind: "built", environment: "key" });
    expect(event({ phase: "unknown", message: 7 })).toMatchObject({ phase: "waiting", message: "" });
  });
  test("hostile text is made harmless", () => {
    expect(event({ phase: "building", kind: "log", message: "\x1b[2Jx" }).message).toBe("x");
    expect(event({ phase: "failed", last_lines: ["\x1b]0;t\x07y", 3] })).toMatchObject({ lastLines: ["y", ""] });
  });
});

describe("steps", () => {
  test("each ends when the next begins", () => {
    const state = told(
      { phase: "waiting", message: "Engine", time: 0 },
      { phase: "fetching", message: "Looking", time: 1 },
      { phase: "building", message: "Installing", time: 3.5 },
    );
    expect(step(state, "fetching")).toMatchObject({ state: "done", begun: 1, ended: 3.5 });
    expect(step(state, "building")).toMatchObject({ state: "running", begun: 3.5, ended: null });
    expect(step(state, "launching").state).toBe("to come");
  });
  test("steps that overlap are not mixed up", () => {
    const state = told(
      { phase: "building", message: "a", time: 2 },
      { phase: "fetching", message: "late", time: 3 },
    );
    expect(state.current).toBe("building");
    expect(step(state, "fetching")).toMatchObject({ state: "done", notes: [{ text: "late", warning: false }] });
    expect(step(state, "building").state).toBe("running");
  });
  test("progress goes when its step is over", () => {
    const downloading = { phase: "fetching", kind: "progress", message: "Receiving", done: 1, total: 4, unit: "objects", time: 1 };
    expect(step(told(downloading), "fetching").progress).toEqual({ done: 1, total: 4, unit: "objects", text: "Receiving" });
    expect(step(told(downloading, { phase: "building", time: 2 }), "fetching").progress).toBeNull();
  });
  test("the queue is shown until something happens, also after fetching", () => {
    const queued = [{ phase: "fetching", time: 1 }, { phase: "waiting", message: "2nd", position: 2, time: 2 }];
    expect(told(...queued).position).toBe(2);
    expect(told(...queued, { phase: "building", message: "Go", time: 3 }).position).toBeNull();
  });
  test("a failure is where the launch stood, and nothing follows", () => {
    const state = told(
      { phase: "building", message: "a", time: 2 },
      { phase: "failed", message: "No", code: "build-failed", hint: "Mend", time: 5 },
      { phase: "building", message: "later", time: 6 },
    );
    expect(step(state, "building")).toMatchObject({ state: "failed", ended: 5 });
    expect(step(state, "building").notes).toHaveLength(1);
    expect(state.outcome).toMatchObject({ kind: "failed", message: "No", code: "build-failed", hint: "Mend" });
    expect(elapsed(state, 99)).toBe(5);
  });
  test("ready", () => {
    const state = told({ phase: "launching", time: 4 }, { phase: "ready", url: "/u/", path: "a.ipynb", time: 4.5 });
    expect(step(state, "launching")).toMatchObject({ state: "done", ended: 4.5 });
    expect(state.outcome).toMatchObject({ kind: "ready", path: "a.ipynb" });
  });
  test("cancelling ends the running step", () => {
    const state = cancelled(told({ phase: "building", time: 1 }), 7);
    expect(step(state, "building")).toMatchObject({ state: "failed", ended: 7 });
    expect(state.outcome.kind).toBe("cancelled");
  });
  test("the page's clock serves when the service tells no time", () => {
    expect(step(told({ phase: "building", message: "x" }), "building").begun).toBe(99);
  });
});

test("the log keeps the last lines, and tells its listeners", () => {
  const log = new LaunchLog();
  const heard: (number | null)[] = [];
  const end = log.listen((lines) => heard.push(lines === null ? null : lines.length));
  const line = event({ phase: "building", kind: "log", message: "x" });
  log.add([line, event({ phase: "building", kind: "progress", done: 1, message: "not a line" })]);
  log.add(Array.from({ length: KEPT_LINES + 5 }, () => line));
  expect(log.lines).toHaveLength(KEPT_LINES);
  expect(log.dropped).toBe(6);
  log.clear();
  end();
  log.add([line]);
  expect(heard).toEqual([1, KEPT_LINES + 5, null]);
});

describe("what a launch foretells and finds", () => {
  test("counts an estimate from when it was told", () => {
    const event = readEvent('{"phase":"building","kind":"message","message":"It takes…","time":5,"estimate":42}');
    if (event === null) throw new Error("no event");
    expect(after(nothingYet(), event, 0).estimate).toBe(47);
  });

  test("keeps what was found in the repository, as text", () => {
    const event = readEvent(
      '{"phase":"building","kind":"found","message":"Found x.","files":["a\\u001b[2J.txt", 7],"engine":"uv","reason":"asked for","commit":"4f2a"}',
    );
    if (event === null) throw new Error("no event");
    const { found } = after(nothingYet(), event, 0);
    expect(found?.files).toEqual(["a.txt", ""]);
    expect(found?.reason).toBe("asked for");
    expect(found?.requirements).toBe(0);
  });
});
