// SPDX-License-Identifier: GPL-3.0-or-later
/** The picture in the browser's tab: our mark, and how the launch is. Drawn here. */

export type Mood = "calm" | "working" | "ready" | "failed";

const DOT: Readonly<Record<Mood, string>> = {
  calm: "",
  working:
    '<circle cx="24" cy="24" r="7" fill="#fff" stroke="#b36b00" stroke-width="3" stroke-dasharray="11 4"/>',
  ready:
    '<circle cx="24" cy="24" r="8" fill="#1b7f4d"/><path d="M20 24l3 3 5-6" fill="none" stroke="#fff" stroke-width="2.4"/>',
  failed:
    '<circle cx="24" cy="24" r="8" fill="#b3261e"/><path d="M21 21l6 6m0-6l-6 6" stroke="#fff" stroke-width="2.4"/>',
};

const MARK =
  '<rect x="3" y="2" width="22" height="28" rx="4" fill="#8a5200"/>' +
  '<path d="M9 2v28" stroke="#fff" stroke-opacity=".55" stroke-width="1.5"/>' +
  '<path d="M13 9h8M13 14h8M13 19h5" stroke="#fff" stroke-width="2" stroke-linecap="round"/>';

/** Show the mood in the tab. */
export function showMood(mood: Mood): void {
  const drawn = `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">${MARK}${DOT[mood]}</svg>`;
  const icon = document.querySelector<HTMLLinkElement>('link[rel="icon"]');
  if (icon === null) return;
  icon.href = `data:image/svg+xml,${encodeURIComponent(drawn)}`;
  icon.dataset["mood"] = mood;
}
