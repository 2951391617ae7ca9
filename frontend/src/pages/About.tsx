// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { ask, type Config } from "../api.ts";
import { Link } from "../navigation.tsx";
import { Heading } from "../parts/Heading.tsx";
import { versionText } from "../pure/versions.ts";

/** What this server is. */
export function About({ config }: { readonly config: Config }): JSX.Element {
  const [version, setVersion] = useState("");
  useEffect(() => {
    ask<unknown>("versions")
      .then((answer) => setVersion(versionText(answer)))
      .catch(() => undefined);
  }, []);
  return (
    <>
      <Heading>About {config.name}</Heading>
      <div class="prose">
        {config.brand.texts["about"] && <p>{config.brand.texts["about"]}</p>}
        <p>
          This server turns a git repository with notebooks into a running notebook. It reads what the
          repository says about its software, builds that with GNU Guix or, for Python alone, with uv,
          and starts the notebook in a container of its own.
        </p>
        <h2>What is kept</h2>
        <p>
          A session that is not used is stopped, and its files stay until you remove it or the server's
          time for keeping them is over. What you want to last belongs in your repository.{" "}
          <Link to="sessions">Your sessions</Link> show what is saved nowhere else.
        </p>
        <h2>Who can see it</h2>
        <p>
          Only you can open your sessions. What was fetched from a private repository, and the log of
          its build, is shown to nobody else.
        </p>
        <h2>Free software</h2>
        <p>
          binder-lite is free software under the GNU General Public License, version 3 or later. It
          understands the links and badges of Binder.
        </p>
        {version && <p class="faint">This server runs {version}.</p>}
      </div>
    </>
  );
}
