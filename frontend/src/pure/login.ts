// SPDX-License-Identifier: GPL-3.0-or-later
/** The address of the login, which comes back to where the person was. */
export function loginAddress(login: string, here: URL, base: URL): string {
  const target = new URL(login, base);
  if (!target.searchParams.has("next")) {
    target.searchParams.set("next", here.pathname + here.search);
  }
  return target.href;
}
