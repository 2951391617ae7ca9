// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useCallback, useEffect, useState } from "preact/hooks";
import { ask, change, Refusal, type Config, type Session } from "../api.ts";
import { base } from "../base.ts";
import { Link } from "../navigation.tsx";
import { Heading } from "../parts/Heading.tsx";
import { Problem } from "../parts/Problem.tsx";
import { Removing } from "../parts/Removing.tsx";
import { SessionCard } from "../parts/SessionCard.tsx";
import { roughly } from "../pure/duration.ts";
import { loginAddress } from "../pure/login.ts";

const LOOK_AGAIN_MS = 10_000;

/** The person's sessions; a stranger is asked who they are. */
export function Sessions({ config }: { readonly config: Config }): JSX.Element {
  if (config.user !== null || !config.login_url) return <Own config={config} />;
  return (
    <>
      <Heading>Sessions</Heading>
      <div class="card narrow">
        <p>Log in to see your sessions.</p>
        <a class="button primary" href={loginAddress(config.login_url, new URL(location.href), base)}>
          Log in
        </a>
      </div>
    </>
  );
}

/** What can be done with each of one's sessions. */
function Own({ config }: { readonly config: Config }): JSX.Element {
  const { sessions, problem, look } = useSessions();
  const [refused, setRefused] = useState<Refusal | null>(null);
  const [removing, setRemoving] = useState<Session | null>(null);
  const [said, setSaid] = useState("");
  const now = useNow();

  const act = async (session: Session, action: "stop" | "stay", done: string): Promise<void> => {
    setRefused(null);
    try {
      await change("POST", `api/sessions/${encodeURIComponent(session.id)}/${action}`);
      setSaid(`${session.title}: ${done}`);
    } catch (reason) {
      if (reason instanceof Refusal) setRefused(reason);
    }
    await look();
  };
  return (
    <>
      <Heading>Sessions</Heading>
      <p class="lead">
        {config.idle_seconds > 0
          ? `A session that is not used for ${roughly(config.idle_seconds).replace("about ", "")} is stopped. Its files are kept.`
          : "A session goes on until you stop it. Its files are kept."}
      </p>
      <p role="status" class="unseen">
        {said}
      </p>
      {(refused ?? problem) && <Problem problem={(refused ?? problem) as Refusal} />}
      {sessions?.length === 0 && (
        <div class="card narrow empty">
          <p>You have no sessions.</p>
          <Link class="button primary" to="">
            Open a repository
          </Link>
        </div>
      )}
      {sessions === null && !problem && <p role="status">Reading…</p>}
      <ul class="sessions">
        {sessions?.map((session) => (
          <li key={session.id}>
            <SessionCard
              session={session}
              now={now}
              stop={() => void act(session, "stop", "stopped")}
              stay={() => void act(session, "stay", "goes on")}
              remove={() => setRemoving(session)}
            />
          </li>
        ))}
      </ul>
      {config.logout_everywhere_url && (
        <p class="notes">
          Did you leave a browser logged in?{" "}
          <a href={new URL(config.logout_everywhere_url, base).href}>Log out in all browsers</a>
        </p>
      )}
      {removing && (
        <Removing
          session={removing}
          closed={(removed) => {
            if (removed) setSaid(`${removing.title}: removed`);
            setRemoving(null);
            void look();
          }}
        />
      )}
    </>
  );
}

interface Known {
  readonly sessions: readonly Session[] | null;
  readonly problem: Refusal | null;
  readonly look: () => Promise<void>;
}

function useSessions(): Known {
  const [sessions, setSessions] = useState<readonly Session[] | null>(null);
  const [problem, setProblem] = useState<Refusal | null>(null);
  const look = useCallback(async () => {
    try {
      setSessions(await ask<readonly Session[]>("api/sessions"));
      setProblem(null);
    } catch (reason) {
      if (reason instanceof Refusal) setProblem(reason);
    }
  }, []);
  useEffect(() => {
    const ifSeen = (): void => {
      if (document.visibilityState === "visible") void look();
    };
    void look();
    const timer = setInterval(ifSeen, LOOK_AGAIN_MS);
    document.addEventListener("visibilitychange", ifSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener("visibilitychange", ifSeen);
    };
  }, []);
  return { sessions, problem, look };
}

function useNow(): number {
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, []);
  return now;
}
