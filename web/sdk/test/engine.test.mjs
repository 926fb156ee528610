// The engine of each game: its size, its determinism, and its errors.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Engine, EngineError } from "../dist/index.js";
import { engineFile, games } from "../../scripts/registry.mjs";

const file = (game) => new URL(`../dist/${engineFile(game)}`, import.meta.url);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
/** Ticks of each game's check, times its players, at the maximum number of players. With `LONG`: a million ticks of five. */
const PLAYER_TICKS = process.env.LONG ? 5_000_000 : 500_000;

for (const game of games()) {
  test(`the engine of ${game} is small`, () => {
    const bytes = readFileSync(file(game));
    assert(bytes.length <= 90_000, `${bytes.length} bytes`);
    const zipped = gzipSync(bytes, { level: 9 }).length;
    assert(zipped <= 45_000, `${zipped} bytes zipped`);
  });

  test(`random ticks of ${game} have the same states in WebAssembly and natively`, async () => {
    const engine = await Engine.of(file(game));
    const ticks = PLAYER_TICKS / Math.max(5, engine.describe(game).slots);
    const seed = BigInt(Date.now());
    const run = ["run", "--quiet", "-p", "wasm", "--example", "determinism_check", "--", game, String(seed), String(ticks)];
    const native = execFileSync("cargo", run, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    assert.equal(engine.determinismCheck(game, seed, ticks), BigInt(native.trim()), `seed ${seed}`);
  });
}

test("after a panic, every call throws its message", async () => {
  const engine = await Engine.of(readFileSync(file("arena")));
  const isPanic = (error) => error instanceof EngineError && error.broken && /capacity overflow/.test(error.message);
  // More than a vector can hold; these pages are never touched.
  assert.throws(() => engine.receive(0, new ArrayBuffer(2 ** 31)), isPanic);
  assert.throws(() => engine.stats(0), isPanic);
});

test("the engine works after a rejected call", async () => {
  const engine = await Engine.of(file("arena"));
  const refused = (error) => error instanceof EngineError && !error.broken;
  assert.throws(() => engine.describe("tag"), refused);
  assert.throws(() => engine.receive(0, new ArrayBuffer(4)), refused);
  const { settings, defaults, ranges, commands, input } = engine.describe("arena");
  assert.deepEqual([settings, commands], [["match_seconds", "lives"], []]);
  assert.deepEqual([defaults, ranges], [[180, 3], [[1, 3600], [1, 3]]]);
  assert.deepEqual(input, [["move", "direction"], ["aim", "angle"], ["fire", "button"]]);
});
