// SPDX-License-Identifier: GPL-3.0-or-later
import type { JSX } from "preact";
import { Link } from "../navigation.tsx";
import { Heading } from "../parts/Heading.tsx";

/** There is no such page. */
export function Missing({ path }: { readonly path: string }): JSX.Element {
  return (
    <>
      <Heading>There is no such page</Heading>
      <p class="lead">
        Nothing is at <code>{path}</code>. A link to a launch begins with <code>v2/</code> and names a
        repository.
      </p>
      <p>
        <Link class="button primary" to="">
          Home
        </Link>
      </p>
    </>
  );
}
