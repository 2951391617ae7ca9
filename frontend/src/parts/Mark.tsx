// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";

/** Our own mark: a notebook. A brand's logo stands in its place. */
export function Mark(): JSX.Element {
  return (
    <svg class="mark" viewBox="0 0 32 32" width="28" height="28" aria-hidden="true">
      <rect x="4" y="2" width="24" height="28" rx="4" fill="currentColor" />
      <path d="M10.5 2v28" stroke="var(--paper)" stroke-opacity=".6" stroke-width="1.5" />
      <path
        d="M15 10h8M15 15h8M15 20h5"
        stroke="var(--paper)"
        stroke-width="2"
        stroke-linecap="round"
      />
    </svg>
  );
}
