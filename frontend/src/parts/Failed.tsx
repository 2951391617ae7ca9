// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { Link } from "../navigation.tsx";
import type { Outcome } from "../pure/launch-state.ts";
import { CopyButton } from "./CopyButton.tsx";

interface Props {
  readonly failed: Extract<Outcome, { kind: "failed" }>;
  /** The address of the whole log, or "". */
  readonly whole: string;
  readonly retry: () => void;
}

/** Why there is no notebook, what to do next, and the lines that tell more. */
export function Failed({ failed, whole, retry }: Props): JSX.Element {
  const { message, hint, lastLines, code, status } = failed;
  return (
    <section class="problem" role="alert" aria-label="What went wrong">
      <h2>{message || "The launch failed."}</h2>
      {hint && <p>{hint}</p>}
      {lastLines.length > 0 && (
        <>
          <pre tabIndex={0} aria-label="The last lines">
            {lastLines.join("\n")}
          </pre>
          <CopyButton text={() => lastLines.join("\n")} what="these lines" />
        </>
      )}
      <div class="actions">
        <button type="button" class="button primary" onClick={retry}>
          Try again
        </button>
        {whole && (
          <a class="button" href={whole} target="_blank" rel="noopener">
            Whole log
          </a>
        )}
        {status === 429 && (
          <Link class="button" to="sessions">
            Your sessions
          </Link>
        )}
        <Link class="button" to="">
          Another repository
        </Link>
      </div>
      {code && <p class="faint code">{code}</p>}
    </section>
  );
}
