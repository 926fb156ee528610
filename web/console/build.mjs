// Builds the console into dist/: bundles the script and the styles with esbuild, and copies static/. The build goes to dist.new/
// first, so that a failed build leaves the previous page.
import { cp, rename, rm } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(here("dist.new"), { recursive: true, force: true });
await cp(here("static"), here("dist.new"), { recursive: true });
await cp(here("../demo/static/icon.svg"), here("dist.new/icon.svg"));
await build({
  entryPoints: { main: here("src/main.ts"), style: here("src/style.css") },
  outdir: here("dist.new"),
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: ["es2022"],
  tsconfig: here("tsconfig.json"),
  logLevel: "warning",
});
await rm(here("dist"), { recursive: true, force: true });
await rename(here("dist.new"), here("dist"));
