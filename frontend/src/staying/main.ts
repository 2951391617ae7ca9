// SPDX-License-Identifier: GPL-3.0-or-later
/** The script that the gate adds to a session's pages: it asks how long is left, and shows it. */

import { afterLook, NOTHING_KNOWN, readTold, shown, untilLook, type Look } from "../pure/countdown.ts";
import { CountdownBar } from "./countdown-bar.ts";
import { StoppedDialog } from "./stopped-dialog.ts";
import style from "./style.css?inline";

// The gate's own addresses are where this script is.
const script = document.currentScript;
const place = script instanceof HTMLScriptElement ? script.src : "";
const host = document.createElement("binder-lite-staying");
const bar = new CountdownBar(() => void look("POST", "stay"));
const dialog = new StoppedDialog();
let known = NOTHING_KNOWN;
let timer: ReturnType<typeof setTimeout> | undefined;

async function look(method: "GET" | "POST", below: string): Promise<void> {
  clearTimeout(timer);
  const found = await ask(method, below);
  known = afterLook(known, found, performance.now());
  draw();
  clearTimeout(timer);
  timer = setTimeout(() => void look("GET", "state"), untilLook(known, performance.now()));
}

async function ask(method: string, below: string): Promise<Look> {
  try {
    const answer = await fetch(new URL(below, place), {
      method,
      headers: { "X-XSRFToken": token(), Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      redirect: "manual",
    });
    if (answer.status === 401 || answer.status === 403) return { kind: "refused" };
    const told = answer.ok ? readTold(await answer.json().catch(() => null)) : null;
    return told === null ? { kind: "gone" } : { kind: "runs", told };
  } catch {
    return { kind: "away" };
  }
}

function token(): string {
  return decodeURIComponent(/(?:^|;\s*)_xsrf=([^;]*)/.exec(document.cookie)?.[1] ?? "");
}

function draw(): void {
  const now = shown(known, performance.now());
  if (now.kind === "nothing") {
    bar.hide();
    return;
  }
  // A page may write itself anew; what is shown is in it all the same.
  if (!host.isConnected) document.documentElement.append(host);
  if (now.kind === "countdown") bar.show(now.seconds, now.canStay);
  else bar.hide();
  if (now.kind === "stopped" && known.told !== null) dialog.show(known.told, now.back);
}

function begin(): void {
  const root = host.attachShadow({ mode: "open" });
  // Made by a script, a sheet counts whatever the page's policy says of styles.
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(style);
  root.adoptedStyleSheets = [sheet];
  root.append(bar.element, dialog.element);
  setInterval(draw, 1000);
  // A computer that slept, or a tab that was away, may have missed much.
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") void look("GET", "state");
  });
  void look("GET", "state");
}

// A page within a page leaves this to the outer one.
if (place !== "" && window.top === window) begin();
