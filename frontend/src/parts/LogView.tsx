// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { LaunchLog } from "../launch-log.ts";
import type { LogTerminal } from "../log-terminal.ts";
import { CopyButton } from "./CopyButton.tsx";

interface Props {
  readonly log: LaunchLog;
  /** The address of the whole log, or "" while there is none. */
  readonly whole: string;
}

/** The live log: it follows the end unless one has scrolled away, and can be searched and copied. */
export function LogView({ log, whole }: Props): JSX.Element {
  const place = useRef<HTMLDivElement>(null);
  const terminal = useRef<LogTerminal | null>(null);
  const [following, setFollowing] = useState(true);
  const [matches, setMatches] = useState("");
  const [wanted, setWanted] = useState("");
  const [plain, setPlain] = useState(false);

  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    let gone = false;
    element.scrollIntoView({ block: "nearest" });
    // The terminal is most of the page's weight, and few look at the log.
    void import("../log-terminal.ts").then(({ LogTerminal }) => {
      if (gone) return;
      terminal.current = new LogTerminal(element, log, { following: setFollowing, matches: setMatches });
    });
    return () => {
      gone = true;
      terminal.current?.close();
      terminal.current = null;
    };
  }, [log, plain]);

  const search = (text: string, back = false): void => {
    setWanted(text);
    if (text === "") setMatches("");
    terminal.current?.search(text, back);
  };
  return (
    <section class="log" aria-label="Log">
      <div class="tools">
        {!plain && (
          <form
            role="search"
            onSubmit={(event) => {
              event.preventDefault();
              search(wanted);
            }}
          >
            <input
              type="search"
              aria-label="Search the log"
              placeholder="Search"
              value={wanted}
              onInput={(event) => search(event.currentTarget.value)}
            />
            <button type="button" class="quiet" aria-label="Previous match" onClick={() => search(wanted, true)}>
              ↑
            </button>
            <button type="submit" class="quiet" aria-label="Next match">
              ↓
            </button>
            <span role="status" class="matches">
              {matches}
            </span>
          </form>
        )}
        <span class="space" />
        {!plain && !following && (
          <button type="button" class="quiet" onClick={() => terminal.current?.follow()}>
            Follow the end
          </button>
        )}
        <button type="button" class="quiet" aria-pressed={plain} onClick={() => setPlain(!plain)}>
          Plain text
        </button>
        <CopyButton text={() => log.text} what="the log" />
        {whole && (
          <a class="quiet button" href={whole} target="_blank" rel="noopener">
            Whole log
          </a>
        )}
      </div>
      {plain ? <PlainLog log={log} /> : <div class="terminal" ref={place} />}
    </section>
  );
}

/** The same as text, for screen readers and for the browser's own search. */
function PlainLog({ log }: { readonly log: LaunchLog }): JSX.Element {
  const [text, setText] = useState(log.text);
  useEffect(() => log.listen(() => setText(log.text)), [log]);
  return (
    <pre class="plain" tabIndex={0} aria-label="The log as text">
      {text}
    </pre>
  );
}
