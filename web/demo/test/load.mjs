// Imports TypeScript modules of the page: bundles them first.
import { fileURLToPath } from "node:url";
import { build } from "esbuild";

/** Imports `src/<name>.ts`. */
export function load(name) {
  return loadText(`export * from "./${name}.js";`);
}

/** Imports what this text, a module in `src`, exports. */
export async function loadText(contents) {
  const stdin = { contents, resolveDir: fileURLToPath(new URL("../src", import.meta.url)), loader: "ts" };
  const { outputFiles } = await build({ stdin, bundle: true, write: false, format: "esm", target: "es2022" });
  return import(`data:text/javascript;base64,${Buffer.from(outputFiles[0].contents).toString("base64")}`);
}
