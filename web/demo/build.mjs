// Builds the pages into dist/: bundles the scripts with esbuild, and copies the engines, the SDK package and static/. The build
// goes to dist.new/ first, so that a failed build leaves the previous pages.
import { cp, readFile, rename, rm, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { build } from "esbuild";
import { withPreview } from "../scripts/preview.mjs";
import { engineFile, games } from "../scripts/registry.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));

await rm(here("dist.new"), { recursive: true, force: true });
await cp(here("static"), here("dist.new"), { recursive: true });
for (const file of games().map(engineFile)) await cp(here(`../sdk/dist/${file}`), here(`dist.new/${file}`));
await cp(here("../dist/skirmish-sdk.tgz"), here("dist.new/sdk.tgz"));
// The licence of what the page bundles asks for its notice.
await cp(new URL("../LICENSE", import.meta.resolve("uqr")), here("dist.new/licence-uqr.txt"));
await build({
  entryPoints: { main: here("src/main.ts"), feedback: here("src/feedback.ts"), style: here("src/style.css") },
  outdir: here("dist.new"),
  bundle: true,
  minify: true,
  sourcemap: true,
  format: "esm",
  target: ["es2022"],
  // From its sources, so that `up --watch` builds what was saved there.
  alias: { "@skirmish/sdk": here("../sdk/src/index.ts") },
  // Also for files outside this folder: the render.ts of each game.
  tsconfig: here("tsconfig.json"),
  logLevel: "warning",
});
const page = here("dist.new/index.html");
await writeFile(page, withPreview(await readFile(page, "utf8"), process.env.SITE_URL));
await rm(here("dist"), { recursive: true, force: true });
await rename(here("dist.new"), here("dist"));
