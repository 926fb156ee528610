// Fails if the SDK is not completely built. `npm pack` runs it first.
import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { engineFile, games } from "./registry.mjs";

for (const file of ["index.js", "index.d.ts", ...games().map(engineFile)]) {
  if (existsSync(fileURLToPath(new URL(`../sdk/dist/${file}`, import.meta.url)))) continue;
  console.error(`sdk/dist/${file} is missing: build the SDK first, with \`npm run build\` in web/`);
  process.exit(1);
}
