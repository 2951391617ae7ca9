// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import type { Found } from "../pure/build-event.ts";

/** What the repository asks for, and why this engine builds it. */
export function FoundBox({ found }: { readonly found: Found }): JSX.Element {
  const { files, moreFiles, guessed, commit, ref, software, requirements, notebook, engine, reason } = found;
  const named = files.join(", ") + (moreFiles > 0 ? ` and ${moreFiles} more` : "");
  const asked = `${software}, ${requirements === 1 ? "1 requirement" : `${requirements} requirements`}`;
  const rows: readonly (readonly [string, string])[] = [
    ["Commit", [commit.slice(0, 12), ref].filter(Boolean).join(" · ")],
    ["Declared in", guessed ? "nothing; guessed from what is imported" : named || "no file"],
    ["Software", asked],
    ["Notebook", notebook],
    ["Engine", reason ? `${engine}: ${reason}` : engine],
  ];
  return (
    <section aria-label="What was found">
      <h2>What was found</h2>
      <dl class="facts found">
        {rows
          .filter(([, value]) => value !== "")
          .map(([name, value]) => (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ))}
      </dl>
    </section>
  );
}
