// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import type { Phase } from "../pure/build-event.ts";
import { duration } from "../pure/duration.ts";
import type { LaunchState, Step } from "../pure/launch-state.ts";
import { amount } from "../pure/amount.ts";

export const STEP_NAMES: Readonly<Record<Phase, string>> = {
  waiting: "Getting ready",
  fetching: "Fetching the repository",
  building: "Building the software",
  launching: "Starting the notebook",
};

// What is said in a step is also in the log; a screen holds this much of it.
const NOTES = 6;

/** The steps of a launch, with their times and what was found in each. */
export function Steps({ state, clock }: { readonly state: LaunchState; readonly clock: number }): JSX.Element {
  return (
    <ol class="steps">
      {state.steps.map((step) => (
        <li key={step.phase} class={step.state.replace(" ", "-")}>
          <div class="step-head">
            <span class="step-name">{STEP_NAMES[step.phase]}</span>
            <span class="unseen">{step.state}</span>
            {step.begun !== null && (
              <span class="step-time">{duration((step.ended ?? clock) - step.begun)}</span>
            )}
          </div>
          <Notes step={step} />
          {step.progress && <Bar progress={step.progress} />}
          {step.state === "running" && step.lastLine && <p class="last-line">{step.lastLine}</p>}
        </li>
      ))}
    </ol>
  );
}

function Notes({ step }: { readonly step: Step }): JSX.Element | null {
  if (step.notes.length === 0) return null;
  const left = step.notes.length - NOTES;
  return (
    <ul class="notes">
      {left > 0 && <li class="faint">{left} more in the log</li>}
      {step.notes.slice(-NOTES).map(({ text, warning }, index) => (
        <li key={index} class={warning ? "warn" : ""}>
          {warning && <span class="unseen">Warning: </span>}
          {text}
        </li>
      ))}
    </ul>
  );
}

function Bar({ progress }: { readonly progress: NonNullable<Step["progress"]> }): JSX.Element {
  const { done, total, unit, text } = progress;
  return (
    <div class="bar">
      <progress aria-label={text || "Progress"} {...(total ? { max: total, value: Math.min(done, total) } : {})} />
      <span>
        {text} <span class="faint">{amount(done, total, unit)}</span>
      </span>
    </div>
  );
}
