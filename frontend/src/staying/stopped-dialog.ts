// SPDX-License-Identifier: GPL-3.0-or-later
/** What covers the page when the session has stopped: that the work is kept, and the way back. */

import { resumeAddress, type Told } from "../pure/countdown.ts";
import { button, make } from "./elements.ts";

export class StoppedDialog {
  readonly element = make("dialog", "");
  private readonly heading = make("h2", "");
  private readonly advice = make("p", "");
  private readonly resume = make("a", "primary", "Resume");
  private readonly sessions = make("a", "", "Your sessions");
  private readonly reload = button("Load again", "primary", () => location.reload());
  private shown = false;

  constructor() {
    this.heading.id = "stopped";
    this.element.setAttribute("aria-labelledby", this.heading.id);
    const look = button("Look at the page", "", () => this.element.close());
    const actions = make("div", "actions", this.resume, this.reload, this.sessions, look);
    this.element.append(this.heading, this.advice, actions);
    this.element.addEventListener("keydown", (event) => event.stopPropagation());
  }

  /** Say that it has stopped, or that it is `back` and this page is of before. */
  show(told: Told, back: boolean): void {
    this.heading.textContent = back ? "This session runs again" : "This session was stopped";
    this.advice.textContent = back
      ? "This page is of before the stop. Load it again to go on."
      : "Its files are kept as they were last saved. Resume it to go on with them.";
    this.resume.href = resumeAddress(told, document.baseURI);
    this.sessions.href = told.sessions;
    this.resume.hidden = back;
    this.reload.hidden = !back;
    if (this.shown) return;
    this.shown = true;
    this.element.showModal();
  }
}
