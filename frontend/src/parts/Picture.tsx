// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";

/** A quiet pattern for what has no picture: the same name gives the same one. */
export function Picture({ of }: { readonly of: string }): JSX.Element {
  const draw = numbers(of);
  const cells = Array.from({ length: 28 }, (_, index) => ({
    x: (index % 7) * 46 + 22 + (Math.floor(index / 7) % 2) * 23,
    y: Math.floor(index / 7) * 40 + 20,
    strength: draw(),
  }));
  return (
    <svg class="picture" viewBox="0 0 320 160" preserveAspectRatio="xMidYMid slice" aria-hidden="true">
      {cells.map(({ x, y, strength }, index) => (
        <path
          key={index}
          d={`M${x} ${y - 23}l20 11.5v23l-20 11.5-20-11.5v-23z`}
          fill="currentColor"
          opacity={(0.05 + strength * 0.35).toFixed(2)}
        />
      ))}
    </svg>
  );
}

function numbers(seed: string): () => number {
  let state = [...seed].reduce((sum, letter) => (sum * 31 + (letter.codePointAt(0) ?? 0)) >>> 0, 7);
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
