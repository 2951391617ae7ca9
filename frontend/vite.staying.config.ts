// SPDX-License-Identifier: GPL-3.0-or-later
// The one script that the gate adds to the pages of sessions; it is the hub's, not the page's.
import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));

export default defineConfig({
  publicDir: false,
  build: {
    outDir: here("../src/binder_lite/hub/static"),
    emptyOutDir: false,
    target: "es2022",
    lib: { entry: here("src/staying/main.ts"), formats: ["iife"], name: "binderLiteStaying", fileName: () => "staying.js" },
  },
});
