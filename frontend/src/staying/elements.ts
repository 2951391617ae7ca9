// SPDX-License-Identifier: GPL-3.0-or-later
/** Small makers of elements; the page of a session has no toolkit of ours. */

/** An element with a class and what is in it. */
export function make<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  className: string,
  ...inside: readonly (string | Node)[]
): HTMLElementTagNameMap[Name] {
  const made = document.createElement(name);
  if (className) made.className = className;
  made.append(...inside);
  return made;
}

/** A button. */
export function button(text: string, className: string, press: () => void): HTMLButtonElement {
  const made = make("button", className, text);
  made.type = "button";
  made.addEventListener("click", press);
  return made;
}
