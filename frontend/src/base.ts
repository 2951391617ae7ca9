// SPDX-License-Identifier: GPL-3.0-or-later
/** The document's base: the service's own address, whatever path prefix it lives below. */

export const base = new URL("./", document.baseURI);

/** An address below the base, in full. */
export function address(below: string): string {
  return new URL(below, base).href;
}
