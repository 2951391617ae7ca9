// SPDX-License-Identifier: GPL-3.0-or-later
/** The bar in the corner: how long is left, and a click to stay. */

import { duration } from "../pure/duration.ts";
import { button, make } from "./elements.ts";

// A screen reader hears it when the bar comes and in the last minute, not each second.
const LAST_SECONDS = 60;

export class CountdownBar {
  readonly element = make("section", "bar");
  private readonly said = make("p", "unseen");
  private readonly seen = make("p", "");
  private readonly stay: HTMLButtonElement;
  private spoken = "";
  private putAway = false;

  constructor(stay: () => void) {
    this.stay = button("Stay", "primary", stay);
    const close = button("×", "close", () => this.close());
    close.setAttribute("aria-label", "Close");
    this.said.setAttribute("role", "status");
    this.seen.setAttribute("aria-hidden", "true");
    this.element.setAttribute("aria-label", "Time left of this session");
    this.element.append(this.said, this.seen, this.stay, close);
    this.element.hidden = true;
    this.element.addEventListener("keydown", (event) => {
      // Keys mean much to a notebook: those pressed here are not for it.
      event.stopPropagation();
      if (event.key === "Escape") this.close();
    });
  }

  /** Show how many seconds are left. */
  show(seconds: number, canStay: boolean): void {
    const left = duration(Math.max(0, Math.ceil(seconds))).replace(".0", "");
    const why = canStay ? "Nothing has happened in it for a while." : "It has run for as long as it may.";
    this.seen.replaceChildren("This session stops in ", make("strong", "", left), `. ${why}`);
    this.stay.hidden = !canStay;
    this.element.hidden = this.putAway;
    const stage = seconds > LAST_SECONDS ? "soon" : "last";
    if (stage === this.spoken || this.putAway) return;
    this.spoken = stage;
    this.said.textContent = `This session stops in ${left}. ${why} Its files are kept.`;
  }

  /** Show nothing, until there is an end in sight again. */
  hide(): void {
    this.element.hidden = true;
    this.putAway = false;
    this.spoken = "";
    this.said.textContent = "";
  }

  private close(): void {
    this.putAway = true;
    this.element.hidden = true;
  }
}
