// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { afterLook, NOTHING_KNOWN, readTold, resumeAddress, shown, untilLook, type Look, type Told } from "../src/pure/countdown.ts";

const told: Told = { seconds: 3600, can_stay: true, warned_seconds: 300, sessions: "/x/sessions", session: "abc" };
const runs = (seconds: number | null): Look => ({ kind: "runs", told: { ...told, seconds } });

describe("a session's countdown", () => {
  it("is not shown before the last minutes, nor where nothing ends the session", () => {
    const long = afterLook(NOTHING_KNOWN, runs(3600), 0);
    expect(shown(long, 0).kind).toBe("nothing");
    expect(shown(long, 3_299_000).kind).toBe("nothing");
    expect(shown(long, 3_301_000)).toEqual({ kind: "countdown", seconds: 299, canStay: true });
    expect(shown(afterLook(NOTHING_KNOWN, runs(null), 0), 1e12).kind).toBe("nothing");
  });

  it("goes away after a click to stay", () => {
    const near = afterLook(NOTHING_KNOWN, runs(10), 0);
    expect(shown(near, 0).kind).toBe("countdown");
    expect(shown(afterLook(near, runs(3600), 1000), 1000).kind).toBe("nothing");
  });

  it("says at once that the session was stopped when its time was over", () => {
    const near = afterLook(NOTHING_KNOWN, runs(10), 0);
    expect(shown(afterLook(near, { kind: "gone" }, 8000), 8000)).toEqual({ kind: "stopped", back: false });
  });

  it("believes in another stop only when it lasts", () => {
    let known = afterLook(NOTHING_KNOWN, runs(3600), 0);
    known = afterLook(known, { kind: "gone" }, 1000);
    known = afterLook(known, { kind: "gone" }, 2000);
    expect(shown(known, 2000).kind).toBe("nothing");
    expect(shown(afterLook(known, runs(3600), 3000), 3000).kind).toBe("nothing");
    expect(shown(afterLook(known, { kind: "gone" }, 3000), 3000).kind).toBe("stopped");
  });

  it("takes a broken connection for no stop", () => {
    let known = afterLook(NOTHING_KNOWN, runs(10), 0);
    for (const now of [11_000, 12_000, 13_000, 14_000]) known = afterLook(known, { kind: "away" }, now);
    expect(shown(known, 14_000)).toEqual({ kind: "countdown", seconds: 0, canStay: true });
  });

  it("shows nothing to who never was let in", () => {
    let known = NOTHING_KNOWN;
    for (const kind of ["refused", "gone", "gone", "gone", "gone"] as const) known = afterLook(known, { kind }, 0);
    expect(shown(known, 0).kind).toBe("nothing");
  });

  it("sees that the session is there again, whose token is another", () => {
    const near = afterLook(NOTHING_KNOWN, runs(1), 0);
    const stopped = afterLook(near, { kind: "gone" }, 2000);
    expect(shown(afterLook(stopped, { kind: "gone" }, 3000), 3000)).toEqual({ kind: "stopped", back: false });
    for (const kind of ["refused"] as const) {
      expect(shown(afterLook(stopped, { kind }, 3000), 3000)).toEqual({ kind: "stopped", back: true });
    }
    expect(shown(afterLook(stopped, runs(3600), 3000), 3000)).toEqual({ kind: "stopped", back: true });
  });

  it("looks often only when there is something to see", () => {
    const long = afterLook(NOTHING_KNOWN, runs(3600), 0);
    expect(untilLook(long, 0)).toBe(60_000);
    expect(untilLook(long, 3_290_000)).toBe(10_000);
    expect(untilLook(long, 3_400_000)).toBe(5000);
    expect(untilLook(long, 3_700_000)).toBe(1000);
    expect(untilLook(NOTHING_KNOWN, 0)).toBe(60_000);
  });

  it("reads the gate's answer and nothing else", () => {
    expect(readTold({ ...told })).toEqual(told);
    expect(readTold({ ...told, seconds: null })?.seconds).toBeNull();
    for (const other of [null, "text", {}, { warned_seconds: 1 }, []]) expect(readTold(other)).toBeNull();
    expect(resumeAddress(told, "https://hub.example/user/ada/abc/lab")).toBe("https://hub.example/x/sessions?resume=abc");
  });
});
