// SPDX-License-Identifier: GPL-3.0-or-later
/** The brand's colours become the page's, as far as they can be read. */

import { readable, readColour, textOn, written } from "./pure/colours.ts";

const LIGHT = [253, 252, 249] as const;
const DARK = [23, 22, 20] as const;

/** Names that a brand may give a colour for; `accent` serves both themes unless told otherwise. */
export function applyColours(colours: Readonly<Record<string, string>>): void {
  const light = readColour(colours["accent"] ?? "");
  const dark = readColour(colours["accent-dark"] ?? colours["accent"] ?? "");
  const style = document.documentElement.style;
  if (light !== null) {
    const accent = readable(light, LIGHT, 5);
    style.setProperty("--accent-light", written(accent));
    style.setProperty("--on-accent-light", written(textOn(accent)));
  }
  if (dark !== null) {
    const accent = readable(dark, DARK, 6);
    style.setProperty("--accent-dark", written(accent));
    style.setProperty("--on-accent-dark", written(textOn(accent)));
  }
}
