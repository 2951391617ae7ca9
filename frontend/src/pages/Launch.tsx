// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { Config } from "../api.ts";
import { base } from "../base.ts";
import { Heading } from "../parts/Heading.tsx";
import { Progress } from "../parts/Progress.tsx";
import { loginAddress } from "../pure/login.ts";
import { fileOf, nameOf, refOf } from "../pure/spec.ts";

interface Props {
  readonly config: Config;
  readonly spec: string;
  readonly query: string;
}

/** A launch, from the link to the session. */
export function Launch({ config, spec, query }: Props): JSX.Element {
  const name = nameOf(spec);
  const ref = refOf(spec);
  const file = fileOf(query);
  const login = config.login_url
    ? loginAddress(config.login_url, new URL(location.href), base)
    : "";
  const stranger = config.user === null && login !== "";
  const sent = useGuest(stranger && config.anonymous, login);
  const about = [ref && ref !== "HEAD" ? ref : "", file].filter(Boolean).join(" · ");
  return (
    <>
      <div class="launch-title">
        <Heading>{name}</Heading>
        {about && <p class="faint">{about}</p>}
      </div>
      {!stranger && <Progress name={name} stream={`build/${spec}${handedOn(query)}`} query={query} />}
      {stranger && sent && <p role="status">One moment…</p>}
      {stranger && !sent && (
        <div class="card narrow">
          <p>Log in, and this repository is launched for you.</p>
          <a class="button primary" href={login}>
            Log in and launch
          </a>
        </div>
      )}
    </>
  );
}

/** Guests get their account without being asked; once, so that a refusal is no endless loop. */
function useGuest(guest: boolean, login: string): boolean {
  const mark = "binder-lite:guest";
  const [sent] = useState(() => {
    if (!guest || sessionStorage.getItem(mark) !== null) return false;
    sessionStorage.setItem(mark, "sent");
    return true;
  });
  useEffect(() => {
    if (sent) location.replace(login);
    else if (!guest) sessionStorage.removeItem(mark);
  }, []);
  return sent;
}

/** What of the link's query the service needs to know too. */
function handedOn(query: string): string {
  const given = new URLSearchParams(query);
  const known = new URLSearchParams();
  for (const name of ["urlpath", "labpath", "filepath"]) {
    const value = given.get(name);
    if (value !== null) known.set(name, value);
  }
  const text = known.toString();
  return text && `?${text}`;
}
