// The names of the registered games, read from games/registry, and of their engines' files.
import { readFileSync } from "node:fs";

export const REGISTRY = "games/registry/src/lib.rs";

/** The file of a game's engine, in the package of the SDK and in the pages. */
export const engineFile = (game) => `engine-${game}.wasm`;

/** In the folder of the built SDK while it has engines that `up --watch` built. */
export const WATCHED = "watched";

/** The names, in alphabetical order. */
export function games() {
  const text = readFileSync(new URL(`../../${REGISTRY}`, import.meta.url), "utf8");
  const [, list] = /^games! \{.*\n([^}]*)^\}/m.exec(text) ?? [];
  const names = [...(list ?? "").matchAll(/^ *(\w+): \w+, \w+;$/gm)].map(([, name]) => name).sort();
  if (names.length === 0) throw new Error(`${REGISTRY} has no list of games`);
  return names;
}
