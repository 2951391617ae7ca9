// SPDX-License-Identifier: GPL-3.0-or-later
/** A launch as a page sees it: state, log, clock, and what can be done about it. */

import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { change } from "./api.ts";
import { address } from "./base.ts";
import { follow, type Following } from "./following.ts";
import { LaunchLog } from "./launch-log.ts";
import { after, cancelled, nothingYet, type LaunchState } from "./pure/launch-state.ts";

export interface Launching {
  readonly state: LaunchState;
  readonly log: LaunchLog;
  /** Seconds since the launch began. */
  readonly clock: number;
  readonly connected: boolean;
  readonly cancel: () => void;
  readonly retry: () => void;
}

const REFUSED = {
  kind: "failed",
  phase: "waiting",
  message: "The server does not answer.",
  time: null,
  estimate: null,
  code: "no-answer",
  status: null,
  hint: "See whether you are connected, and try again.",
  log: "",
  lastLines: [],
} as const;

/** Follow the launch at `stream` as long as the page is there. */
export function useLaunching(stream: string): Launching {
  const [state, setState] = useState(nothingYet);
  const [clock, setClock] = useState(0);
  const [connected, setConnected] = useState(true);
  const [attempt, setAttempt] = useState(0);
  const log = useMemo(() => new LaunchLog(), [stream]);
  // When the launch began by this machine's clock, corrected by the service's word.
  const began = useRef(0);
  const following = useRef<Following | null>(null);
  const seconds = (): number => (performance.now() - began.current) / 1000;

  useEffect(() => {
    began.current = performance.now();
    setState(nothingYet());
    setConnected(true);
    log.clear();
    following.current = follow(address(stream), {
      heard: (events, again) => {
        if (again) log.clear();
        log.add(events);
        const latest = Math.max(...events.map(({ time }) => time ?? 0));
        if (latest > seconds()) began.current = performance.now() - latest * 1000;
        const now = seconds();
        setState((before) =>
          events.reduce((sum, event) => after(sum, event, now), again ? nothingYet() : before),
        );
      },
      connection: setConnected,
      refused: () => setState((before) => after(before, REFUSED, seconds())),
    });
    return () => following.current?.leave();
  }, [stream, attempt]);

  const running = state.outcome.kind === "running";
  useEffect(() => {
    if (!running) return undefined;
    const timer = setInterval(() => setClock(seconds()), 250);
    setClock(seconds());
    return () => clearInterval(timer);
  }, [running, attempt]);

  return {
    state,
    log,
    clock,
    connected,
    cancel: () => {
      const launch = following.current?.launch() ?? "";
      following.current?.leave();
      setState((before) => cancelled(before, seconds()));
      // Without this word the launch would wait a while for its reader to come back.
      if (launch !== "") {
        change("DELETE", `api/launches/${encodeURIComponent(launch)}`).catch(() => undefined);
      }
    },
    retry: () => setAttempt(attempt + 1),
  };
}
