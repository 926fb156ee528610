// Fails if the SDK is not completely built. `npm pack` runs it first.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { engineFile, games, WATCHED } from "./registry.mjs";

const dist = (file) => existsSync(fileURLToPath(new URL(`../sdk/dist/${file}`, import.meta.url)));
if (dist(WATCHED)) {
  console.error("sdk/dist has engines of `up --watch`: build the SDK first, with `npm run build` in web/");
  process.exit(1);
}
for (const file of ["index.js", "index.d.ts", ...games().map(engineFile)]) {
  if (dist(file)) continue;
  console.error(`sdk/dist/${file} is missing: build the SDK first, with \`npm run build\` in web/`);
  process.exit(1);
}
