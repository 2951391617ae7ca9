// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { change, Refusal, type Session } from "../api.ts";
import { unsavedText } from "../pure/unsaved.ts";
import { Problem } from "./Problem.tsx";

interface Props {
  readonly session: Session;
  readonly closed: (removed: boolean) => void;
}

/** Asks before a session is removed, and again, with a list, when work would be lost. */
export function Removing({ session, closed }: Props): JSX.Element {
  const dialog = useRef<HTMLDialogElement>(null);
  const [unsaved, setUnsaved] = useState(() => unsavedText(session.unsaved));
  const [advice, setAdvice] = useState("");
  const [second, setSecond] = useState(false);
  const [sure, setSure] = useState(false);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Refusal | null>(null);
  useEffect(() => {
    dialog.current?.showModal();
  }, []);

  const remove = async (force: boolean): Promise<void> => {
    setBusy(true);
    setProblem(null);
    const below = `api/sessions/${encodeURIComponent(session.id)}${force ? "?force=1" : ""}`;
    try {
      await change("DELETE", below);
      closed(true);
    } catch (reason) {
      if (!(reason instanceof Refusal)) throw reason;
      if (reason.code === "unsaved-work" && !force) {
        const listed = unsavedText(reason.fields["unsaved"]);
        if (listed.length > 0) setUnsaved(listed);
        else if (unsaved.length === 0) setUnsaved([reason.message]);
        setAdvice(reason.hint);
        setSecond(true);
      } else {
        setProblem(reason);
      }
    } finally {
      setBusy(false);
    }
  };
  return (
    <dialog ref={dialog} aria-labelledby="removing" onClose={() => closed(false)}>
      <h2 id="removing">{second ? "There is unsaved work" : `Remove ${session.title}?`}</h2>
      {!second && <p>The session and its files are removed from this server.</p>}
      {unsaved.length > 0 && (
        <>
          <p>{second ? "It is saved nowhere else:" : "These are saved nowhere else:"}</p>
          <ul class="lost" tabIndex={0} aria-label="Unsaved work">
            {unsaved.map((entry) => (
              <li key={entry}>{entry}</li>
            ))}
          </ul>
        </>
      )}
      {advice && <p>{advice}</p>}
      {second && (
        <label class="sure">
          <input type="checkbox" checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} />
          I do not need this work
        </label>
      )}
      {problem && <Problem problem={problem} />}
      <div class="actions">
        <button type="button" class="button" onClick={() => dialog.current?.close()}>
          Keep it
        </button>
        <button
          type="button"
          class="button danger"
          disabled={busy || (second && !sure)}
          onClick={() => void remove(second)}
        >
          {second ? "Remove it all the same" : "Remove"}
        </button>
      </div>
    </dialog>
  );
}
