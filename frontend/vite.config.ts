// SPDX-License-Identifier: GPL-3.0-or-later
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  base: "./",
  publicDir: false,
  build: {
    outDir: here("../src/binder_lite/web/static"),
    // The directory holds a .gitignore besides; build/clean.ts removes what we built earlier.
    emptyOutDir: false,
    target: "es2022",
    modulePreload: { polyfill: false },
    // A page that shows its own pictures needs no data: scripts or styles.
    assetsInlineLimit: 0,
  },
  experimental: {
    // index.html stands below any path prefix, and names its files from <base>; they name each
    // other from where they are.
    renderBuiltUrl: (file, { hostType }) =>
      hostType === "html" ? `static/${file}` : { relative: true },
  },
  test: { include: ["tests/**/*.test.ts"] },
} as Parameters<typeof defineConfig>[0]);
