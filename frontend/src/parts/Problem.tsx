// SPDX-License-Identifier: GPL-3.0-or-later
import type { ComponentChildren, JSX } from "preact";
import type { Refusal } from "../api.ts";

interface Props {
  readonly problem: Refusal;
  readonly children?: ComponentChildren;
}

/** What went wrong and what to do next, in the service's own words. */
export function Problem({ problem, children }: Props): JSX.Element {
  return (
    <div class="problem" role="alert">
      <p>
        <strong>{problem.message}</strong>
      </p>
      {problem.hint && <p>{problem.hint}</p>}
      {children}
    </div>
  );
}
