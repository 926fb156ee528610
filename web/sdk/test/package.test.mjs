// The SDK package: its files, and that it installs and runs outside the repository.
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { engineFile, games } from "../../scripts/registry.mjs";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const read = (path) => readFileSync(here(path), "utf8");
const TARBALL = here("../../dist/skirmish-sdk.tgz");
let folder;

const run = (program, ...words) => execFileSync(program, words, { cwd: folder, encoding: "utf8" });

before(() => {
  folder = mkdtempSync(join(tmpdir(), "skirmish-sdk-"));
  writeFileSync(join(folder, "package.json"), '{ "private": true, "type": "module" }');
  // Like a manual `npm pack`: without Rust, and without deleting built files.
  const built = statSync(here("../dist/engine-arena.wasm")).mtimeMs;
  const env = { ...process.env, CARGO: "/nowhere", RUSTUP_HOME: "/nowhere", CARGO_HOME: "/nowhere" };
  execFileSync(process.execPath, [here("../../scripts/tarball.mjs")], { env });
  assert.equal(statSync(here("../dist/engine-arena.wasm")).mtimeMs, built);
  run("npm", "install", "--offline", "--no-audit", "--no-fund", TARBALL);
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("the tarball holds the code, its types, the engines, the README and the licence", () => {
  const files = run("tar", "tzf", TARBALL).trim().split("\n");
  const engines = games().map((game) => `dist/${engineFile(game)}`);
  for (const file of [...engines, "dist/index.js", "dist/index.d.ts", "README.md", "LICENSE", "package.json"]) {
    assert(files.includes(`package/${file}`), file);
  }
  const others = files.filter((file) => !/^package\/(dist\/[\w.-]+|README\.md|LICENSE|package\.json)$/.test(file));
  assert.deepEqual(others, []);
});

test("the licence file and the licence fields are those of the project", () => {
  assert.equal(read("../LICENSE"), read("../../../LICENSE"));
  for (const file of ["../package.json", "../../package.json", "../../demo/package.json"]) {
    assert.equal(JSON.parse(read(file)).license, "Apache-2.0", file);
  }
});

test("the installed package finds its engines", () => {
  const script = `
    import { Engine, Skirmish } from "@skirmish/sdk";
    const engine = await Engine.of(new URL(import.meta.resolve("@skirmish/sdk/engine-arena.wasm")));
    console.log(typeof Skirmish.connect, engine.describe("arena").settings.join());
  `;
  assert.equal(run(process.execPath, "--input-type=module", "--eval", script).trim(), "function match_seconds,lives");
});

/** The code blocks in a language, of the SDK's README and of the project's. */
function blocks(language) {
  const text = read("../README.md") + read("../../../README.md");
  return [...text.matchAll(/^```(\w+)\n(.*?)^```$/gms)].filter(([, its]) => its === language).map(([, , code]) => code);
}

test("the TypeScript code of both READMEs compiles strictly, including the package's own types", () => {
  const names = blocks("ts").map((code, at) => {
    writeFileSync(join(folder, `readme-${at}.ts`), code);
    return `readme-${at}.ts`;
  });
  assert(names.length >= 5, `${names}`);
  const tsc = fileURLToPath(import.meta.resolve("typescript/bin/tsc"));
  const options = ["--strict", "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--noEmit"];
  for (const [module, resolution] of [["esnext", "bundler"], ["nodenext", "nodenext"]]) {
    const how = ["--target", "es2022", "--lib", "es2022,dom", "--module", module, "--moduleResolution", resolution];
    const { stdout } = spawnSync(process.execPath, [tsc, ...options, ...how, ...names], { cwd: folder, encoding: "utf8" });
    assert.equal(stdout, "");
  }
});

test("the README's Node program plays a match to its end", () => {
  const program = blocks("js").find((code) => code.includes("Skirmish.connect"));
  writeFileSync(join(folder, "bot.mjs"), program);
  mkdirSync(join(folder, "node_modules/ws"), { recursive: true });
  writeFileSync(join(folder, "node_modules/ws/package.json"), '{ "name": "ws", "type": "module", "exports": "./index.js" }');
  writeFileSync(join(folder, "node_modules/ws/index.js"), "export const { WebSocket } = globalThis;");
  const output = run(process.execPath, "--import", new URL("stand-in.mjs", import.meta.url).href, "bot.mjs");
  assert.match(output, /^playing with Ann, Bob\n/);
  assert.match(output, /'Ann'[^]*'Bob'[^]*the match has ended: over\n$/);
});

test("without a WebSocket, no guest is created, and the error says what to install", () => {
  writeFileSync(join(folder, "bare.mjs"), `
    import { Skirmish } from "@skirmish/sdk";
    globalThis.WebSocket = undefined;
    globalThis.fetch = () => console.log("asked");
    await Skirmish.connect("http://127.0.0.1:1").catch((error) => console.log(error.message));
  `);
  assert.match(run(process.execPath, "bare.mjs"), /^this runtime has no WebSocket .*npm i ws/);
});
