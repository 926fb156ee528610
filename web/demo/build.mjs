// Bundles the pages into dist/: scripts by esbuild; the engine, the SDK's package and the rest of static/ as they are. All of it is
// made beside dist/ first: a build that fails leaves the pages that were there.
import { cp, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(here("dist.new"), { recursive: true, force: true });
await cp(here("static"), here("dist.new"), { recursive: true });
await cp(here("../sdk/dist/skirmish.wasm"), here("dist.new/skirmish.wasm"));
await cp(here("../dist/skirmish-sdk.tgz"), here("dist.new/sdk.tgz"));
await build({
  entryPoints: { main: here("src/main.ts"), feedback: here("src/feedback.ts"), style: here("src/style.css") },
  outdir: here("dist.new"),
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: ["es2022"],
  // Also for what is outside this folder: a game's own render.ts.
  tsconfig: here("tsconfig.json"),
  logLevel: "warning",
});
await rm(here("dist"), { recursive: true, force: true });
await rename(here("dist.new"), here("dist"));
