// Builds the engine (web/wasm) of each game into sdk/dist: `node scripts/wasm.mjs [--watch] [GAME…]`, without names all games of
// the registry. With `--watch`, the build is quick and the files are larger. Installs the Rust target if necessary.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { engineFile, games, WATCHED } from "./registry.mjs";

const TARGET = "wasm32-unknown-unknown";
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = here("../..");
const watches = process.argv[2] === "--watch";
const named = process.argv.slice(watches ? 3 : 2);
const profile = watches ? "wasm-watch" : "wasm";
/** What every browser since 2020 has. Without these, `wasm-opt` refuses what the compiler uses. */
const FEATURES = ["bulk-memory", "mutable-globals", "nontrapping-float-to-int", "sign-ext"].map((name) => `--enable-${name}`);
const BUILD = ["rustc", "-p", "wasm", "--bin", "engine", "--target", TARGET, "--profile", profile];

addTarget();
if (watches) writeFileSync(here(`../sdk/dist/${WATCHED}`), "");
for (const game of named.length > 0 ? named : games()) {
  const to = here(`../sdk/dist/${engineFile(game)}`);
  if (watches) copyFileSync(build(game), to);
  else optimize(build(game), to);
}

/** Makes the file about 14 % smaller than the compiler does. */
function optimize(from, to) {
  execFileSync(process.execPath, [here("../node_modules/binaryen/bin/wasm-opt"), "-Oz", ...FEATURES, from, "-o", to], { stdio: "inherit" });
}

/** Installs the target with rustup. Without rustup, the target must be installed already. */
function addTarget() {
  const rustup = (...words) => spawnSync("rustup", words, { cwd: root, encoding: "utf8" });
  const { status, stdout } = rustup("target", "list", "--installed");
  if (status === 0 && !stdout.split(/\s+/).includes(TARGET)) {
    execFileSync("rustup", ["target", "add", TARGET], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  }
}

/**
 * Builds the engine of a game, and returns the path of its file. Cargo keeps the result for each `--cfg`, so that only what
 * changed is compiled.
 */
function build(game) {
  const { status, stdout, error } = spawnSync("cargo", [...BUILD, "--message-format", "json-render-diagnostics", "--", "--cfg", game], {
    cwd: root,
    encoding: "utf8",
    maxBuffer: 2 ** 26,
    stdio: ["ignore", "pipe", "inherit"],
  });
  if (error) throw new Error("cannot run cargo: install Rust from https://rustup.rs", { cause: error });
  if (status !== 0) process.exit(status ?? 1);
  return built(stdout);
}

/** The path of the WebAssembly file, from the messages of cargo. */
function built(messages) {
  for (const line of messages.split("\n").filter(Boolean)) {
    const { reason, target, filenames = [] } = JSON.parse(line);
    const file = filenames.find((name) => name.endsWith(".wasm"));
    if (reason === "compiler-artifact" && target.name === "engine" && file) return file;
  }
  throw new Error("cargo built no wasm");
}
