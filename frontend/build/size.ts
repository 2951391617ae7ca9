// SPDX-License-Identifier: GPL-3.0-or-later
// Say how much the page weighs when compressed, and fail when it is more than allowed.
import { readdirSync, readFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const ALLOWED_KB = 200;
const built = ["web", "hub"].map((part) => new URL(`../../src/binder_lite/${part}/static/`, import.meta.url));

const weights = built
  .flatMap((directory) => readdirSync(directory, { recursive: true, withFileTypes: true }))
  .filter((entry) => entry.isFile() && entry.name !== ".gitignore")
  .map((entry) => {
    const bytes = readFileSync(`${entry.parentPath}/${entry.name}`);
    return { name: entry.name, kb: gzipSync(bytes, { level: 9 }).length / 1000 };
  })
  .sort((one, other) => other.kb - one.kb);
const total = weights.reduce((sum, { kb }) => sum + kb, 0);

for (const { name, kb } of weights) console.log(`${kb.toFixed(1).padStart(8)} kB  ${name}`);
console.log(`${total.toFixed(1).padStart(8)} kB  in all, compressed; ${ALLOWED_KB} allowed`);
if (total > ALLOWED_KB) {
  console.error("The page is too heavy.");
  process.exit(1);
}
