// SPDX-License-Identifier: GPL-3.0-or-later
/** The log in a terminal that only shows. This module is loaded when somebody opens the log. */

import { FitAddon } from "@xterm/addon-fit";
import { SearchAddon } from "@xterm/addon-search";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { KEPT_LINES, type LaunchLog, type LogLine } from "./launch-log.ts";

interface Watcher {
  readonly following: (following: boolean) => void;
  readonly matches: (text: string) => void;
}

const COLOURS: Readonly<Record<LogLine["kind"], string>> = {
  log: "",
  message: "\x1b[1m",
  warning: "\x1b[33m",
  failed: "\x1b[1;31m",
};

// These move through the log; every other key is the browser's, so that Tab leaves.
const MOVES: Readonly<Record<string, (terminal: Terminal) => void>> = {
  ArrowUp: (terminal) => terminal.scrollLines(-1),
  ArrowDown: (terminal) => terminal.scrollLines(1),
  PageUp: (terminal) => terminal.scrollPages(-1),
  PageDown: (terminal) => terminal.scrollPages(1),
  Home: (terminal) => terminal.scrollToTop(),
  End: (terminal) => terminal.scrollToBottom(),
};

export class LogTerminal {
  private readonly terminal: Terminal;
  private readonly finder = new SearchAddon();
  private readonly ends: (() => void)[] = [];

  constructor(place: HTMLElement, log: LaunchLog, watcher: Watcher) {
    const dark = matchMedia("(prefers-color-scheme: dark)");
    this.terminal = new Terminal({
      // The search marks what it found by decorations, which are not yet of xterm's stable API.
      allowProposedApi: true,
      disableStdin: true,
      convertEol: true,
      cursorStyle: "underline",
      cursorInactiveStyle: "none",
      cursorBlink: false,
      fontFamily: "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace",
      fontSize: 13,
      lineHeight: 1.25,
      scrollback: KEPT_LINES,
      minimumContrastRatio: 4.5,
      theme: theme(dark.matches),
    });
    const fit = new FitAddon();
    this.terminal.loadAddon(fit);
    this.terminal.loadAddon(this.finder);
    this.terminal.open(place);
    this.terminal.textarea?.setAttribute("aria-label", "Log; arrow keys scroll it");
    // Nothing is typed here, so a phone's keyboard stays away.
    this.terminal.textarea?.setAttribute("inputmode", "none");
    this.terminal.write("\x1b[?25l");
    fit.fit();
    this.terminal.attachCustomKeyEventHandler((event) => this.key(event));

    const resized = new ResizeObserver(() => fit.fit());
    resized.observe(place);
    const themed = (): void => {
      this.terminal.options.theme = theme(dark.matches);
    };
    dark.addEventListener("change", themed);
    this.ends.push(
      () => resized.disconnect(),
      () => dark.removeEventListener("change", themed),
      log.listen((lines) => (lines === null ? this.terminal.clear() : this.write(lines))),
    );
    const buffer = this.terminal.buffer.active;
    const look = (): void => watcher.following(buffer.viewportY >= buffer.baseY);
    this.terminal.onScroll(look);
    this.terminal.onRender(look);
    this.finder.onDidChangeResults(({ resultIndex, resultCount }) =>
      watcher.matches(matchText(resultIndex, resultCount)),
    );
    this.write(log.lines);
  }

  /** Find text from here on, or back. */
  search(text: string, back: boolean): void {
    if (text === "") {
      this.finder.clearDecorations();
      this.terminal.clearSelection();
      return;
    }
    const options = {
      incremental: false,
      decorations: {
        matchBackground: "#7a5a1e",
        matchOverviewRuler: "#b36b00",
        activeMatchBackground: "#b36b00",
        activeMatchColorOverviewRuler: "#ffffff",
      },
    };
    if (back) this.finder.findPrevious(text, options);
    else this.finder.findNext(text, options);
  }

  /** Go to the end, and stay there. */
  follow(): void {
    this.terminal.scrollToBottom();
  }

  close(): void {
    for (const end of this.ends) end();
    this.terminal.dispose();
  }

  private write(lines: readonly LogLine[]): void {
    const text = lines.map(({ text, kind }) => `${COLOURS[kind]}${text}\x1b[0m`).join("\n");
    if (text !== "") this.terminal.write(`${text}\n`);
  }

  private key(event: KeyboardEvent): boolean {
    const move = MOVES[event.key];
    if (move !== undefined && event.type === "keydown" && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      move(this.terminal);
    }
    return false;
  }
}

function matchText(index: number, count: number): string {
  if (count === 0) return "Not found";
  // Beyond its limit the search counts no further, and knows not where it is.
  return index < 0 ? `${count}+ matches` : `${index + 1} of ${count}`;
}

function theme(dark: boolean): { background: string; foreground: string; selectionBackground: string } {
  return dark
    ? { background: "#100f0e", foreground: "#ddd8d0", selectionBackground: "#5a4a2c" }
    : { background: "#f6f3ec", foreground: "#2b2823", selectionBackground: "#e2cfa8" };
}
