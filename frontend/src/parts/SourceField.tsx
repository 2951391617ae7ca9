// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { ask, Refusal, type Parsed, type Refs } from "../api.ts";
import { hasRef, nameOf, refOf, withRef } from "../pure/spec.ts";

/** What a person has chosen: null until the service has understood what was pasted. */
export interface Choice {
  readonly spec: string;
  readonly path: string;
}

interface Props {
  readonly chosen: (choice: Choice | null) => void;
}

const PAUSE_MS = 250;
const NO_REFS: Refs = { default: "", branches: [], tags: [] };

/** One field for whatever is pasted; what the service understood of it follows below. */
export function SourceField({ chosen }: Props): JSX.Element {
  const [text, setText] = useState("");
  const { parsed, problem, busy } = useParsed(text);
  const [edited, setEdited] = useState<Edited | null>(null);
  const refs = useRefs(parsed?.spec ?? "");
  // What was edited belongs to the source that it was edited for.
  const mine = edited?.of === parsed && edited !== null ? edited : given(parsed);
  const { ref, path } = mine;

  useEffect(() => {
    chosen(parsed === null ? null : { spec: withRef(parsed.spec, ref || "HEAD"), path });
  }, [parsed, problem, ref, path]);

  return (
    <div class="source">
      <label for="source">Repository</label>
      <input
        id="source"
        class="large"
        type="text"
        inputMode="url"
        autocomplete="off"
        autocapitalize="off"
        spellcheck={false}
        placeholder="Paste a link to a repository or notebook"
        aria-describedby="understood"
        aria-invalid={problem !== null}
        value={text}
        onInput={(event) => setText(event.currentTarget.value)}
      />
      <div id="understood" role="status" class={problem ? "understood wrong" : "understood"}>
        {problem && (
          <>
            <strong>{problem.message}</strong> {problem.hint}
          </>
        )}
        {parsed && <strong>{parsed.display || nameOf(parsed.spec)}</strong>}
        {!problem && !parsed && (busy ? "Reading…" : "GitHub, GitLab, Codeberg, any git address, or a Binder link.")}
      </div>
      {parsed && (
        <div class="pair">
          {hasRef(parsed.spec) && (
            <div>
              <label for="ref">Branch, tag or commit</label>
              <input
                id="ref"
                list="refs"
                autocomplete="off"
                autocapitalize="off"
                spellcheck={false}
                placeholder={refs.default || "the repository's default"}
                value={ref}
                onInput={(event) => setEdited({ ...mine, ref: event.currentTarget.value })}
              />
              <datalist id="refs">
                {refs.branches.map((name) => (
                  <option key={`b${name}`} value={name} label="branch" />
                ))}
                {refs.tags.map((name) => (
                  <option key={`t${name}`} value={name} label="tag" />
                ))}
              </datalist>
            </div>
          )}
          <div>
            <label for="path">File to open</label>
            <input
              id="path"
              autocomplete="off"
              autocapitalize="off"
              spellcheck={false}
              placeholder="the first notebook"
              value={path}
              onInput={(event) => setEdited({ ...mine, path: event.currentTarget.value })}
            />
          </div>
        </div>
      )}
    </div>
  );
}

interface Edited {
  readonly of: Parsed | null;
  readonly ref: string;
  readonly path: string;
}

function given(parsed: Parsed | null): Edited {
  if (parsed === null) return { of: parsed, ref: "", path: "" };
  const ref = parsed.ref || refOf(parsed.spec);
  return { of: parsed, ref: ref === "HEAD" ? "" : ref, path: parsed.path ?? "" };
}

interface Reading {
  readonly parsed: Parsed | null;
  readonly problem: Refusal | null;
  readonly busy: boolean;
}

const NOTHING: Reading = { parsed: null, problem: null, busy: false };

function useParsed(text: string): Reading {
  const [reading, setReading] = useState(NOTHING);
  useEffect(() => {
    const source = text.trim();
    if (source === "") {
      setReading(NOTHING);
      return;
    }
    const asked = new AbortController();
    setReading({ ...NOTHING, busy: true });
    const timer = setTimeout(() => {
      ask<Parsed>(`api/parse?source=${encodeURIComponent(source)}`, { signal: asked.signal })
        .then((parsed) => setReading({ ...NOTHING, parsed }))
        .catch((problem: unknown) => {
          if (problem instanceof Refusal) setReading({ ...NOTHING, problem });
        });
    }, PAUSE_MS);
    return () => {
      clearTimeout(timer);
      asked.abort();
    };
  }, [text]);
  return reading;
}

function useRefs(spec: string): Refs {
  const [refs, setRefs] = useState(NO_REFS);
  const last = useRef("");
  useEffect(() => {
    const repository = spec && hasRef(spec) ? withRef(spec, "HEAD") : "";
    if (repository === last.current) return undefined;
    last.current = repository;
    setRefs(NO_REFS);
    if (repository === "") return undefined;
    const asked = new AbortController();
    // Refs are a convenience: a repository that does not tell them can still be launched.
    ask<Refs>(`api/refs?spec=${encodeURIComponent(repository)}`, { signal: asked.signal })
      .then(setRefs)
      .catch(() => undefined);
    return () => {
      last.current = "";
      asked.abort();
    };
  }, [spec]);
  return refs;
}
