// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useState } from "preact/hooks";
import { copy } from "../copying.ts";

interface Props {
  /** What is copied, asked for when it is. */
  readonly text: () => string;
  /** What it is, for those who hear the button. */
  readonly what: string;
}

/** A button that copies, and says that it did. */
export function CopyButton({ text, what }: Props): JSX.Element {
  const [said, setSaid] = useState("");
  const press = async (): Promise<void> => {
    setSaid((await copy(text())) ? "Copied" : "Not copied");
    setTimeout(() => setSaid(""), 2000);
  };
  return (
    <span class="copy">
      <button type="button" class="quiet" aria-label={`Copy ${what}`} onClick={() => void press()}>
        {said || "Copy"}
      </button>
      <span role="status" class="unseen">{said && `${said}: ${what}`}</span>
    </span>
  );
}
