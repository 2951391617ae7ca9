// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import type { Session } from "../api.ts";
import { base } from "../base.ts";
import { Link } from "../navigation.tsx";
import { ago, duration, moment, roughly } from "../pure/duration.ts";
import { diskText, removalText } from "../pure/keeping.ts";
import { unsavedText } from "../pure/unsaved.ts";

interface Props {
  readonly session: Session;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly stop: () => void;
  readonly stay: () => void;
  readonly remove: () => void;
}

const SOON_SECONDS = 10 * 60;

/** One session. */
export function SessionCard({ session, now, stop, stay, remove }: Props): JSX.Element {
  const { state, title } = session;
  const ends = state === "running" ? moment(session.ends_at) : null;
  const left = ends === null ? null : Math.max(0, (ends - now) / 1000);
  const active = moment(session.last_activity) ?? moment(session.created);
  const unsaved = unsavedText(session.unsaved);
  const warnings = [diskText(session.disk, session.disk_limit), removalText(session.removed_at, now)];
  return (
    <article class="card session" aria-label={title}>
      <div class="session-head">
        <h2>{title}</h2>
        <span class={`state ${state}`}>{state}</span>
      </div>
      <p class="faint details">
        {[session.path, session.commit.slice(0, 10), session.engine, active && `used ${ago(active, now)}`]
          .filter(Boolean)
          .join(" · ")}
        {/^https?:\/\//.test(session.source) && (
          <>
            {" · "}
            <a href={session.source} rel="noopener noreferrer" aria-label={`Source of ${title}`}>
              source
            </a>
          </>
        )}
      </p>
      {unsaved.length > 0 && (
        <p class="unsaved">
          {unsaved.length === 1 ? "1 thing is" : `${unsaved.length} things are`} saved nowhere else:{" "}
          {unsaved.slice(0, 3).join(", ")}
          {unsaved.length > 3 && " …"}
        </p>
      )}
      {warnings.map((text) => text && <p class="left soon">{text}</p>)}
      {left !== null && (
        <p class={left < SOON_SECONDS ? "left soon" : "left"}>
          <span>Stops in {left < SOON_SECONDS ? duration(Math.round(left)) : roughly(left)} unless it is used</span>
          <button type="button" class="quiet" aria-label={`Stay: ${title}`} onClick={stay}>
            Stay
          </button>
        </p>
      )}
      <div class="actions">
        {state === "stopped" ? (
          <Link class="button primary" to={`sessions?resume=${encodeURIComponent(session.id)}`} aria-label={`Resume ${title}`}>
            Resume
          </Link>
        ) : (
          <a class="button primary" href={new URL(session.url, base).href} aria-label={`Open ${title}`}>
            Open
          </a>
        )}
        {state !== "stopped" && (
          <button type="button" class="button" aria-label={`Stop ${title}`} onClick={stop}>
            Stop
          </button>
        )}
        <button type="button" class="button danger" aria-label={`Remove ${title}`} onClick={remove}>
          Remove
        </button>
      </div>
    </article>
  );
}
