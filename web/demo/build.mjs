// Bundles the pages into dist/: scripts by esbuild, the rest of static/ as it is.
import { cp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(here("dist"), { recursive: true, force: true });
await cp(here("static"), here("dist"), { recursive: true });
await build({
  entryPoints: { main: here("src/main.ts"), feedback: here("src/feedback.ts"), style: here("src/style.css") },
  outdir: here("dist"),
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: ["es2022"],
  logLevel: "warning",
});
