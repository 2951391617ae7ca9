// SPDX-License-Identifier: GPL-3.0-or-later
/** The service's JSON: what it answers, and how it is asked. */

import { address } from "./base.ts";

export interface User {
  readonly name: string;
  /** What the login's provider calls the person. */
  readonly shown: string;
  readonly admin: boolean;
}

export interface Brand {
  readonly logo: string | null;
  readonly colours: Readonly<Record<string, string>>;
  readonly footer: string;
  readonly texts: Readonly<Record<string, string>>;
  /** Links, and pages of the operator's own at `pages/…`. */
  readonly pages: readonly { readonly title: string; readonly href: string }[];
}

export interface Config {
  readonly user: User | null;
  readonly login_url: string;
  readonly logout_url: string | null;
  readonly logout_everywhere_url?: string | null;
  readonly anonymous: boolean;
  readonly name: string;
  readonly brand: Brand;
  readonly idle_seconds: number;
  readonly public_url: string;
}

export interface Parsed {
  readonly spec: string;
  readonly provider: string;
  readonly repository: string;
  readonly ref: string;
  readonly path: string;
  readonly display: string;
}

export interface Refs {
  readonly default: string;
  readonly branches: readonly string[];
  readonly tags: readonly string[];
}

export interface Offer {
  readonly title: string;
  readonly description: string;
  readonly spec: string;
  readonly path: string;
  readonly picture: string | null;
}

export interface Session {
  readonly id: string;
  readonly title: string;
  readonly source: string;
  readonly commit: string;
  readonly path: string;
  readonly engine: string;
  readonly state: "running" | "stopped" | "starting";
  readonly created: string | number;
  readonly last_activity: string | number | null;
  readonly ends_at: string | number | null;
  readonly unsaved: readonly unknown[];
  /** Bytes, as last measured; null before that, and for no limit. */
  readonly disk: number | null;
  readonly disk_limit: number | null;
  /** When the stopped session is removed unless it is resumed. */
  readonly removed_at: string | null;
  readonly url: string;
}

export interface Status {
  readonly sessions: number;
  readonly builds: number;
  readonly queue: number;
  readonly spares: number;
  readonly limits: Readonly<Record<string, number | string | null>>;
  readonly engines: readonly { readonly name: string; readonly version: string }[];
}

/** What the service refused, in its own words. */
export class Refusal extends Error {
  readonly status: number;
  readonly code: string;
  readonly hint: string;
  /** What else the answer held. */
  readonly fields: Readonly<Record<string, unknown>>;

  constructor(status: number, fields: Readonly<Record<string, unknown>>) {
    const text = (name: string): string => (typeof fields[name] === "string" ? fields[name] : "");
    super(text("message") || "The server did not say what went wrong.");
    this.status = status;
    this.code = text("code");
    this.hint = text("hint");
    this.fields = fields;
  }
}

/** Ask for JSON. Raises `Refusal`, also when the service cannot be reached. */
export async function ask<T>(below: string, options: RequestInit = {}): Promise<T> {
  const headers = new Headers(options.headers);
  headers.set("Accept", "application/json");
  const answer = await fetch(address(below), {
    ...options,
    headers,
    credentials: "same-origin",
  }).catch((reason: unknown) => {
    if (reason instanceof DOMException && reason.name === "AbortError") throw reason;
    throw new Refusal(0, {
      code: "no-answer",
      message: "The server does not answer.",
      hint: "See whether you are connected, and try again.",
    });
  });
  const read: unknown = await answer.json().catch(() => null);
  if (answer.ok) return read as T;
  const fields = typeof read === "object" && read !== null ? read : {};
  throw new Refusal(answer.status, fields as Record<string, unknown>);
}

/** Ask for a change; the service's cookie against cross-site requests is sent back in a header. */
export async function change(method: "POST" | "DELETE", below: string): Promise<void> {
  // The cookie does not last as long as a tab may be open; the page's own answer sets it again.
  if (token() === "") await fetch(address(""), { credentials: "same-origin" }).catch(() => undefined);
  await ask<unknown>(below, { method, headers: { "X-XSRFToken": token() } });
}

function token(): string {
  // Where sessions have hosts of their own, the service's cookie is one that those cannot set.
  const found =
    /(?:^|;\s*)__Host-binder-lite-xsrf=([^;]*)/.exec(document.cookie) ??
    /(?:^|;\s*)binder-lite-xsrf=([^;]*)/.exec(document.cookie);
  return decodeURIComponent(found?.[1] ?? "");
}
