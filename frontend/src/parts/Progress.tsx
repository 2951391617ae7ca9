// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { address, base } from "../base.ts";
import { showMood } from "../favicon.ts";
import { useLaunching } from "../launching.ts";
import { Link } from "../navigation.tsx";
import { duration, roughly } from "../pure/duration.ts";
import { elapsed, type LaunchState, type Outcome } from "../pure/launch-state.ts";
import { sessionAddress } from "../pure/session-address.ts";
import { useTitle } from "../title.ts";
import { Failed } from "./Failed.tsx";
import { FoundBox } from "./FoundBox.tsx";
import { LogView } from "./LogView.tsx";
import { Steps, STEP_NAMES } from "./Steps.tsx";
import { Weaving, type Motion } from "./Weaving.tsx";

interface Props {
  /** What is launched, in the document's title. */
  readonly name: string;
  /** The stream of events, below the base. */
  readonly stream: string;
  /** The page's query, which may say what to open. */
  readonly query: string;
}

// A person (and their screen reader) sees that it worked before the page changes.
const PAUSE_MS = 600;

/** A launch under way, and its end. */
export function Progress({ name, stream, query }: Props): JSX.Element {
  const { state, log, clock, connected, cancel, retry } = useLaunching(stream);
  const [logOpen, setLogOpen] = useState(false);
  const { outcome } = state;
  const said = useRef<HTMLParagraphElement>(null);
  const opened = outcome.kind === "ready" ? sessionAddress(outcome, query, base.href) : null;
  useTitle(`${inTitle(state)} · ${name}`);
  useEffect(() => {
    showMood(moodOf(outcome));
    return () => showMood("calm");
  }, [outcome.kind]);
  useEffect(() => {
    if (opened === null) return undefined;
    // In the history the session stands for the launch: going back does not launch again.
    const timer = setTimeout(() => location.replace(opened), PAUSE_MS);
    return () => clearTimeout(timer);
  }, [opened]);

  const whole = outcome.kind === "failed" && outcome.log ? address(outcome.log) : "";
  const again = (): void => {
    retry();
    said.current?.focus();
  };
  return (
    <div class="progress">
      <div class="overview">
        <Weaving motion={motionOf(state)} />
        <div class="now">
          <p class="saying" role="status" tabIndex={-1} ref={said}>
            {inWords(state)}
          </p>
          <p class="clock">
            {duration(elapsed(state, clock))}
            {remaining(state, clock)}
          </p>
          <p role="status" class="warn">
            {!connected && outcome.kind === "running" && "Connection lost; trying again…"}
          </p>
          <div class="actions">
            {outcome.kind === "running" && (
              <button type="button" class="button" onClick={cancel}>
                Cancel
              </button>
            )}
            {outcome.kind === "cancelled" && (
              <button type="button" class="button primary" onClick={again}>
                Launch again
              </button>
            )}
            {opened && (
              <a class="button primary" href={opened}>
                Open the notebook
              </a>
            )}
          </div>
        </div>
      </div>
      {outcome.kind === "failed" && <Failed failed={outcome} whole={whole} retry={again} />}
      {state.found && <FoundBox found={state.found} />}
      <Steps state={state} clock={clock} />
      <div class="log-part">
        <button type="button" class="button" aria-expanded={logOpen} onClick={() => setLogOpen(!logOpen)}>
          {logOpen ? "Hide the log" : "Show the log"}
        </button>
        {logOpen && <LogView log={log} whole={whole || wholeLog(state)} />}
      </div>
      {outcome.kind === "cancelled" && (
        <p class="faint">
          What was being built ends too, unless somebody else waits for it. <Link to="">Home</Link>
        </p>
      )}
    </div>
  );
}

function wholeLog(state: LaunchState): string {
  return state.environment ? address(`api/builds/${encodeURIComponent(state.environment)}/log`) : "";
}

function inWords(state: LaunchState): string {
  const { outcome } = state;
  if (outcome.kind === "ready") return "Your notebook is ready and opens now.";
  if (outcome.kind === "cancelled") return "Cancelled.";
  if (outcome.kind === "failed") return "This did not work.";
  if (state.position !== null) {
    return state.position <= 1 ? "Next in the queue" : `Number ${state.position} in the queue`;
  }
  return `${STEP_NAMES[state.current]}…`;
}

function inTitle(state: LaunchState): string {
  const { outcome } = state;
  if (outcome.kind === "running") return inWords(state).replace("…", "");
  return { ready: "Ready", cancelled: "Cancelled", failed: "Failed" }[outcome.kind];
}

function remaining(state: LaunchState, clock: number): string {
  if (state.outcome.kind !== "running" || state.estimate === null) return "";
  const left = state.estimate - clock;
  return left > 0 ? `, ${roughly(left)} to go` : ", longer than earlier builds took";
}

function moodOf(outcome: Outcome): "working" | "ready" | "failed" | "calm" {
  if (outcome.kind === "running") return "working";
  return outcome.kind === "cancelled" ? "calm" : outcome.kind;
}

function motionOf(state: LaunchState): Motion {
  if (state.outcome.kind === "running") return state.position === null ? "working" : "queued";
  return state.outcome.kind === "ready" ? "ready" : "failed";
}
