// SPDX-License-Identifier: GPL-3.0-or-later
// Remove what an earlier build left in the directory of static files; its .gitignore stays.
import { rmSync } from "node:fs";

const built = new URL("../../src/binder_lite/web/static/", import.meta.url);
for (const name of ["index.html", "assets"]) {
  rmSync(new URL(name, built), { recursive: true, force: true });
}
