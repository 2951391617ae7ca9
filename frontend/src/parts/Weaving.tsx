// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";

export type Motion = "working" | "ready" | "failed" | "queued";

// Packages, and what each goes into: a small store graph that ends in one profile, the notebook.
const NODES = [
  [28, 26], [76, 18], [124, 26], [172, 18],
  [52, 66], [100, 62], [150, 66],
  [78, 104], [124, 104],
] as const;
const EDGES = [
  [0, 4], [1, 4], [1, 5], [2, 5], [2, 6], [3, 6],
  [4, 7], [5, 7], [5, 8], [6, 8],
] as const;
const PROFILE = [101, 150] as const;

/**
 * Packages flow along their dependencies into one notebook, as in a functional package manager.
 * A decoration: what happens is told in words beside it.
 */
export function Weaving({ motion }: { readonly motion: Motion }): JSX.Element {
  const lines = EDGES.map(([from, to]) => curve(NODES[from], NODES[to]));
  lines.push(curve(NODES[7], PROFILE), curve(NODES[8], PROFILE));
  return (
    <svg class={`weaving ${motion}`} viewBox="0 0 202 190" aria-hidden="true">
      {lines.map((line, index) => (
        <g key={index}>
          <path class="thread" d={line} />
          <path class="flow" d={line} pathLength={100} style={`--delay:${(index * 0.37) % 2.4}s`} />
        </g>
      ))}
      {NODES.map(([x, y], index) => (
        <path key={index} class="item" d={hexagon(x, y, 8)} style={`--delay:${(index * 0.29) % 2.4}s`} />
      ))}
      <g class="book">
        <rect x="81" y="146" width="40" height="42" rx="5" />
        <path class="spine" d="M91 146v42" />
        <path class="words" d="M97 157h16M97 165h16M97 173h10" />
        <path class="tick" d="M94 167l7 7 13-15" />
      </g>
    </svg>
  );
}

type Point = readonly [number, number];

function curve(from: Point, to: Point): string {
  const half = (from[1] + to[1]) / 2;
  return `M${from[0]} ${from[1]}C${from[0]} ${half} ${to[0]} ${half} ${to[0]} ${to[1]}`;
}

function hexagon(x: number, y: number, r: number): string {
  const corners = [0, 1, 2, 3, 4, 5].map((corner) => {
    const angle = (Math.PI / 3) * corner + Math.PI / 6;
    return `${(x + r * Math.cos(angle)).toFixed(1)} ${(y + r * Math.sin(angle)).toFixed(1)}`;
  });
  return `M${corners.join("L")}Z`;
}
