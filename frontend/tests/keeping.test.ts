// SPDX-License-Identifier: GPL-3.0-or-later
import { describe, expect, it } from "vitest";
import { diskText, removalText } from "../src/pure/keeping.ts";

const NOW = Date.parse("2030-01-01T00:00:00Z");

describe("the notice of a removal", () => {
  it("is shown when the day is near", () => {
    expect(removalText("2030-01-07T00:00:00+00:00", NOW)).toBe("Will be removed in about 6 days unless it is resumed");
    expect(removalText("2029-12-31T00:00:00+00:00", NOW)).toContain("less than a minute");
  });
  it("is not shown long before, and never for a session that stays", () => {
    expect(removalText("2030-01-30T00:00:00+00:00", NOW)).toBeNull();
    expect(removalText(null, NOW)).toBeNull();
    expect(removalText(undefined, NOW)).toBeNull();
  });
});

describe("the warning of disk space", () => {
  it("is shown above the limit", () => {
    expect(diskText(11.5 * 1024 ** 3, 10 * 1024 ** 3)).toContain("11.5 GiB, and 10.0 GiB are allowed");
  });
  it("is not shown below it, or where there is none", () => {
    expect(diskText(1, 2)).toBeNull();
    expect(diskText(1, null)).toBeNull();
    expect(diskText(null, 2)).toBeNull();
  });
});
