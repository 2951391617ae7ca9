// SPDX-License-Identifier: GPL-3.0-or-later
/** What the mock answers to the page's questions. */
import type { Offer, Parsed, Refs, Session, Status } from "../src/api.ts";

const minutes = (count: number): string => new Date(Date.now() + count * 60_000).toISOString();

/** A small part of what the service understands. */
export function parse(source: string): Parsed | null {
  const found = /github\.com\/([\w.-]+)\/([\w.-]+)(?:\/blob\/([^/]+)\/(.+))?\/?$/.exec(source);
  if (!found) return null;
  const [, owner = "", name = "", ref = "HEAD", path = ""] = found;
  return {
    spec: `gh/${owner}/${name}/${ref}`,
    provider: "gh",
    repository: `https://github.com/${owner}/${name}`,
    ref,
    path,
    display: `github.com/${owner}/${name}`,
  };
}

export const refs: Refs = {
  default: "main",
  branches: ["main", "develop", "topic/new-model"],
  tags: ["v1.0", "v1.1"],
};

export const gallery: readonly Offer[] = [
  {
    title: "Finding a gene",
    description: "Map a trait to a place on a chromosome, step by step.",
    spec: "gh/example/find-a-gene/HEAD",
    path: "index.ipynb",
    picture: null,
  },
  { title: "Wheat genome", description: "", spec: "gh/example/wheat-genome/v1.0", path: "", picture: null },
  {
    title: "Linear models from scratch",
    description: "What lm() does, written out in thirty lines, with pictures.",
    spec: "gl/example%2Fmodels/HEAD",
    path: "models.ipynb",
    picture: null,
  },
];

export const recent: readonly Offer[] = [
  { title: "", description: "", spec: "gh/example/barley/topic%2Fyield", path: "notebooks/yield.ipynb", picture: null },
  { title: "", description: "", spec: "git/https%3A%2F%2Fgit.example.org%2Flab%2Foats.git/HEAD", path: "", picture: null },
];

export const sessions: readonly Session[] = [
  {
    id: "wheat",
    title: "example/wheat-genome",
    source: "https://github.com/example/wheat-genome",
    commit: "4f2a9c81d3e0aa",
    path: "index.ipynb",
    engine: "guix",
    state: "running",
    created: minutes(-80),
    last_activity: minutes(-2),
    ends_at: minutes(58),
    disk: 340_000_000,
    disk_limit: 10_737_418_240,
    removed_at: null,
    unsaved: [],
    url: "/user/ada/wheat/",
  },
  {
    id: "rye",
    title: "example/rye",
    source: "https://github.com/example/rye",
    commit: "99bb71c0d3e0aa",
    path: "",
    engine: "uv",
    state: "running",
    created: minutes(-200),
    last_activity: minutes(-55),
    ends_at: minutes(5),
    disk: 11_500_000_000,
    disk_limit: 10_737_418_240,
    removed_at: null,
    unsaved: ["changed: rye.ipynb"],
    url: "/user/ada/rye/",
  },
  {
    id: "barley",
    title: "example/barley",
    source: "https://github.com/example/barley",
    commit: "0aa1c3de5512ff",
    path: "notebooks/yield.ipynb",
    engine: "uv",
    state: "stopped",
    created: minutes(-4000),
    last_activity: minutes(-3000),
    ends_at: null,
    disk: 120_000_000,
    disk_limit: 10_737_418_240,
    removed_at: minutes(6 * 24 * 60),
    unsaved: ["changed: notebooks/yield.ipynb", "new: results/table.csv"],
    url: "/user/ada/barley/",
  },
];

export const status: Status = {
  sessions: 12,
  builds: 1,
  queue: 0,
  spares: 2,
  limits: {
    concurrent_builds: 2,
    build_seconds: 3600,
    sessions_per_person: 5,
    sessions: 100,
    memory_mib: 2048,
    processes: 200,
    cpus: 2,
    disk_mib: null,
  },
  engines: [
    { name: "guix", version: "1.5.0" },
    { name: "uv", version: "0.9.11" },
  ],
};
