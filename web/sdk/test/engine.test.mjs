// The engine: its size, its determinism, and its errors.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { fileURLToPath } from "node:url";
import { gzipSync } from "node:zlib";
import { Engine, EngineError } from "../dist/index.js";
import { games } from "../../scripts/registry.mjs";

const FILE = new URL("../dist/skirmish.wasm", import.meta.url);
const ROOT = fileURLToPath(new URL("../../..", import.meta.url));
const TICKS = 1_000_000;

test("the engine is small", () => {
  // With arena, cards and tag: 123,109 bytes, 49,168 zipped.
  const bytes = readFileSync(FILE);
  assert(bytes.length <= 125_000, `${bytes.length} bytes`);
  const zipped = gzipSync(bytes, { level: 9 }).length;
  assert(zipped <= 50_000, `${zipped} bytes zipped`);
});

for (const game of games()) {
  test(`a million random ticks of ${game} have the same states in WebAssembly and natively`, async () => {
    const engine = await Engine.of(FILE);
    const seed = BigInt(Date.now());
    const run = ["run", "--quiet", "-p", "wasm", "--example", "determinism_check", "--", game, String(seed), String(TICKS)];
    const native = execFileSync("cargo", run, { cwd: ROOT, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
    assert.equal(engine.determinismCheck(game, seed, TICKS), BigInt(native.trim()), `seed ${seed}`);
  });
}

test("after a panic, every call throws its message", async () => {
  const engine = await Engine.of(readFileSync(FILE));
  const told = (error) => error instanceof EngineError && error.broken && /capacity overflow/.test(error.message);
  // More than a vector can hold; nobody touches these pages.
  assert.throws(() => engine.receive(0, new ArrayBuffer(2 ** 31)), told);
  assert.throws(() => engine.stats(0), told);
});

test("the engine works after a rejected call", async () => {
  const engine = await Engine.of(FILE);
  const refused = (error) => error instanceof EngineError && !error.broken;
  assert.throws(() => engine.describe("chess"), refused);
  assert.throws(() => engine.receive(0, new ArrayBuffer(4)), refused);
  const { settings, commands, input } = engine.describe("arena");
  assert.deepEqual([settings, commands], [["match_seconds", "lives"], []]);
  assert.deepEqual(input, [["move", "direction"], ["aim", "angle"], ["fire", "button"]]);
});
