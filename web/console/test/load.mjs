// Imports TypeScript modules of the console: bundles them first.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Imports `src/<name>.ts`. */
export async function load(name) {
  const entry = fileURLToPath(new URL(`../src/${name}.ts`, import.meta.url));
  const { outputFiles } = await build({ entryPoints: [entry], bundle: true, write: false, format: "esm", target: "es2022" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
