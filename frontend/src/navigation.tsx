// SPDX-License-Identifier: GPL-3.0-or-later
/** Going from page to page without loading anew. */

import type { ComponentChildren, JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import { address, base } from "./base.ts";
import { routeOf, type Route } from "./pure/routes.ts";

const MOVED = "binder-lite:moved";

/** Go to an address below the base. */
export function go(below: string): void {
  history.pushState(null, "", address(below));
  window.dispatchEvent(new Event(MOVED));
  window.scrollTo(0, 0);
}

/** The page that the address bar means now. */
export function useRoute(): Route {
  const read = (): Route => routeOf(new URL(location.href), base);
  const [route, setRoute] = useState(read);
  useEffect(() => {
    const update = (): void => setRoute(read());
    window.addEventListener("popstate", update);
    window.addEventListener(MOVED, update);
    return () => {
      window.removeEventListener("popstate", update);
      window.removeEventListener(MOVED, update);
    };
  }, []);
  return route;
}

interface LinkProps {
  readonly to: string;
  readonly children: ComponentChildren;
  readonly class?: string;
  readonly "aria-label"?: string;
  readonly "aria-current"?: "page" | undefined;
}

/** A link to another page of ours; a new tab and the like work as everywhere. */
export function Link({ to, children, ...rest }: LinkProps): JSX.Element {
  const follow = (event: MouseEvent): void => {
    if (event.button !== 0 || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    go(to);
  };
  return (
    <a {...rest} href={address(to)} onClick={follow}>
      {children}
    </a>
  );
}
