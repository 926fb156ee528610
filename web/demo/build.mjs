// Bundles the pages into dist/: scripts by esbuild, the engine and the rest of static/ as they are.
import { cp, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(here("dist"), { recursive: true, force: true });
await cp(here("static"), here("dist"), { recursive: true });
await cp(here("../sdk/dist/skirmish.wasm"), here("dist/skirmish.wasm"));
await build({
  entryPoints: { main: here("src/main.ts"), feedback: here("src/feedback.ts"), style: here("src/style.css") },
  outdir: here("dist"),
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: ["es2022"],
  // Also for what is outside this folder: a game's own render.ts.
  tsconfig: here("tsconfig.json"),
  logLevel: "warning",
});
