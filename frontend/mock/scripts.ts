// SPDX-License-Identifier: GPL-3.0-or-later
/** What the mock's launches tell: each name is a repository that can be launched. */

export interface Told {
  /** Milliseconds to wait before it is told. */
  readonly wait: number;
  readonly event: Readonly<Record<string, unknown>>;
}

const KEY = "uv-3f9c2a71d0";

const told = (wait: number, phase: string, message: string, more: object = {}): Told => ({
  wait,
  event: { phase, message, kind: "message", ...more },
});

const FOUND: readonly Told[] = [
  told(0, "waiting", "Engine: uv (the repository asks for Python packages only)."),
  told(60, "fetching", "Looking up gh/example/wheat-genome/HEAD."),
  told(60, "fetching", "Found commit 4f2a9c81d3e0."),
  told(40, "fetching", "Receiving objects", { kind: "progress", done: 120, total: 480, unit: "objects" }),
  told(40, "fetching", "Receiving objects", { kind: "progress", done: 480, total: 480, unit: "objects" }),
  told(60, "building", "Found binder/requirements.txt, runtime.txt.", {
    kind: "found",
    files: ["binder/requirements.txt", "runtime.txt"],
    more_files: 0,
    guessed: false,
    commit: "4f2a9c81d3e0aa12",
    ref: "main",
    software: "Python 3.12",
    requirements: 6,
    notebook: "index.ipynb",
    engine: "uv",
    reason: "the repository asks for Python packages only",
  }),
];
const FORETOLD = told(0, "building", "It takes about 40 seconds, going by 3 earlier builds of this repository.", { estimate: 42 });
const BEGINNING = [...FOUND, FORETOLD];

const READY = (session: string): readonly Told[] => [
  told(40, "built", "The environment is built.", { kind: "built", environment: KEY, imageName: KEY }),
  told(60, "launching", "Starting the notebook server."),
  told(80, "ready", "The notebook is ready.", {
    kind: "ready",
    url: `/user/ada/${session}/`,
    token: "",
    session,
    path: "index.ipynb",
    kernel: "python3",
    engine: "uv",
    environment: KEY,
  }),
];

function lines(count: number, wait: number): Told[] {
  return Array.from({ length: count }, (_, index) =>
    told(wait, "building", `[${index + 1}/${count}] Installing package-${index + 1}==1.${index % 10}.0`, { kind: "log" }),
  );
}

const FAILURE = told(80, "failed", "The package index has no package named “pandsa”.", {
  kind: "failed",
  code: "package-not-found",
  status_code: 422,
  hint: "Did you mean “pandas”? Mend line 3 of binder/requirements.txt and launch again.",
  log: `api/builds/${KEY}/log`,
  last_lines: [
    "Resolving dependencies for Python 3.12",
    "  × No solution found when resolving dependencies:",
    "  ╰─▶ Because pandsa was not found in the package registry and you require",
    "      pandsa, we can conclude that your requirements are unsatisfiable.",
  ],
});

const WARNING = told(20, "building", "requirements.txt names no versions: what is built later may differ.", { kind: "warning" });
const QUEUE = [3, 2, 1].map((position) =>
  told(150, "waiting", `Other builds are under way; this one is number ${position} in the queue.`, { position }),
);
const HOSTILE = told(10, "building", "\u001b]0;owned\u0007\u001b[2J<img src=x onerror=\"window.owned=1\">", { kind: "log" });

/** What a service tells first that goes on with another one's launch. */
export const RESTARTED = [told(0, "waiting", "The service was started again, and goes on with this launch.")];

/** The script of a repository's name. */
export function script(name: string): readonly Told[] {
  switch (name) {
    case "failure":
      return [...BEGINNING, ...lines(8, 10), FAILURE];
    case "queue":
      return [...FOUND, ...QUEUE, FORETOLD, ...lines(5, 10), ...READY("queue")];
    case "long-log":
      return [...BEGINNING, ...lines(20_000, 0), told(600_000, "building", "")];
    case "slow":
      return [
        ...BEGINNING,
        WARNING,
        ...lines(40, 30),
        told(0, "building", "Downloading scipy", { kind: "progress", done: 21_400_000, total: 38_600_000, unit: "bytes" }),
        told(600_000, "building", ""),
      ];
    case "broken":
    case "restarted":
    case "silent":
      // Whose connection is lost; their end is not missed by whoever looks.
      return [...BEGINNING, WARNING, ...lines(12, 10), told(600_000, "building", "")];
    case "growing":
      // Enough at once to scroll in, and then slowly for longer than any test watches.
      return [...BEGINNING, ...lines(2000, 8).slice(0, 200), ...lines(2000, 50).slice(200), told(600_000, "building", "")];
    case "hostile":
      return [...BEGINNING, HOSTILE, { ...FAILURE, event: { ...FAILURE.event, message: "<b>bold</b>" } }];
    case "full":
      return [
        told(0, "failed", "You have as many sessions as one person may have.", {
          kind: "failed",
          code: "too-many",
          status_code: 429,
          hint: "Stop or remove one of them.",
        }),
      ];
    case "evil-url":
      return [...BEGINNING, told(0, "ready", "", { url: "javascript:window.owned=1", path: "index.ipynb" })];
    case "waiting":
      return [...FOUND, ...QUEUE.slice(0, 1), told(600_000, "building", "")];
    default:
      return [...BEGINNING, WARNING, ...lines(12, 10), ...READY(name)];
  }
}
