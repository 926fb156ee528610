// Prints the hash of a game's determinism check in WebAssembly: `node scripts/determinism-check.mjs GAME SEED TICKS`.
import { Engine } from "../sdk/dist/index.js";
import { engineFile } from "./registry.mjs";

const [game, seed, ticks] = process.argv.slice(2);
const engine = await Engine.of(new URL(`../sdk/dist/${engineFile(game)}`, import.meta.url));
console.log(String(engine.determinismCheck(game, BigInt(seed), Number(ticks))));
