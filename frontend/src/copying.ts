// SPDX-License-Identifier: GPL-3.0-or-later

/** Put text on the clipboard. Returns whether that was possible. */
export async function copy(text: string): Promise<boolean> {
  try {
    // Browsers offer it on https and loopback only.
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copyBySelection(text);
  }
}

function copyBySelection(text: string): boolean {
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  return copied;
}
