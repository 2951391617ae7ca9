// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, change, Refusal, type Session } from "../api.ts";
import { Link } from "../navigation.tsx";
import { Heading } from "../parts/Heading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { Progress } from "../parts/Progress.tsx";

/** A stopped session on its way back. */
export function Resume({ session }: { readonly session: string }): JSX.Element {
  const [begun, setBegun] = useState(false);
  const [problem, setProblem] = useState<Refusal | null>(null);
  const [title, setTitle] = useState("Your session");
  const below = `api/sessions/${encodeURIComponent(session)}`;
  useEffect(() => {
    ask<readonly Session[]>("api/sessions")
      .then((all) => setTitle(all.find(({ id }) => id === session)?.title ?? "Your session"))
      .catch(() => undefined);
    change("POST", `${below}/resume`)
      .then(() => setBegun(true))
      .catch((reason: unknown) => {
        if (!(reason instanceof Refusal)) return;
        // It runs or starts already, such as after this page was loaded again.
        if (reason.code === "session-running") setBegun(true);
        else setProblem(reason);
      });
  }, [session]);
  return (
    <>
      <div class="launch-title">
        <Heading>{title}</Heading>
      </div>
      {begun && <Progress name={title} stream={`${below}/events`} query="" />}
      {!begun && !problem && <p role="status">One moment…</p>}
      {problem && (
        <Problem problem={problem}>
          <Link class="button" to="sessions">
            Your sessions
          </Link>
        </Problem>
      )}
    </>
  );
}
