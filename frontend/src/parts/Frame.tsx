// SPDX-License-Identifier: GPL-3.0-or-later
import type { ComponentChildren, JSX } from "preact";
import type { Config } from "../api.ts";
import { address, base } from "../base.ts";
import { Link } from "../navigation.tsx";
import { loginAddress } from "../pure/login.ts";
import type { Route } from "../pure/routes.ts";
import { Mark } from "./Mark.tsx";

interface Props {
  readonly config: Config;
  readonly route: Route;
  readonly children: ComponentChildren;
}

/** What surrounds every page: brand, ways, log in and out, footer. */
export function Frame({ config, route, children }: Props): JSX.Element {
  const { brand, user } = config;
  const way = (page: Route["page"], text: string): JSX.Element => (
    <li>
      <Link to={page} aria-current={route.page === page ? "page" : undefined}>
        {text}
      </Link>
    </li>
  );
  const skip = (event: Event): void => {
    event.preventDefault();
    document.querySelector<HTMLElement>("main")?.focus();
  };
  return (
    <>
      <a class="skip" href="#main" onClick={skip}>
        Skip to the content
      </a>
      <header class="top">
        <Link to="" class="brand">
          {brand.logo ? <img src={address(brand.logo)} alt="" height={32} /> : <Mark />}
          <span>{config.name}</span>
        </Link>
        <nav aria-label="Pages">
          <ul>
            {(user || !config.login_url) && way("sessions", "Sessions")}
            {way("links", "Badges")}
            {way("about", "About")}
          </ul>
        </nav>
        <Account config={config} />
      </header>
      <main id="main" tabIndex={-1}>
        {children}
      </main>
      <footer class="bottom">
        {brand.footer && <p>{brand.footer}</p>}
        <ul>
          <li>
            <Link to="about">About</Link>
          </li>
          <li>
            <Link to="status">Status</Link>
          </li>
          {brand.pages.map(({ title, href }) => (
            <li key={href}>
              {href.startsWith("pages/") ? <Link to={href}>{title}</Link> : <a href={address(href)}>{title}</a>}
            </li>
          ))}
        </ul>
      </footer>
    </>
  );
}

function Account({ config }: { readonly config: Config }): JSX.Element | null {
  const { user } = config;
  if (user === null) {
    if (!config.login_url || config.anonymous) return null;
    const login = loginAddress(config.login_url, new URL(location.href), base);
    return (
      <div class="account">
        <a class="button small" href={login}>
          Log in
        </a>
      </div>
    );
  }
  return (
    <div class="account">
      <span class="person" title={user.name}>
        {config.anonymous ? "Guest" : user.shown}
      </span>
      {config.logout_url && <a href={new URL(config.logout_url, base).href}>Log out</a>}
    </div>
  );
}
