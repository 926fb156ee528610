// Builds the engine (web/wasm) into sdk/dist. Installs the Rust target if necessary.
import { execFileSync, spawnSync } from "node:child_process";
import { copyFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

const TARGET = "wasm32-unknown-unknown";
const BUILD = ["build", "-p", "wasm", "--target", TARGET, "--profile", "wasm", "--message-format", "json-render-diagnostics"];
const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const root = here("../..");

addTarget();
const { status, stdout, error } = spawnSync("cargo", BUILD, {
  cwd: root,
  encoding: "utf8",
  maxBuffer: 2 ** 26,
  stdio: ["ignore", "pipe", "inherit"],
});
if (error) throw new Error("cannot run cargo: install Rust from https://rustup.rs", { cause: error });
if (status !== 0) process.exit(status ?? 1);
copyFileSync(built(stdout), here("../sdk/dist/skirmish.wasm"));

/** Installs the target with rustup. Without rustup, the target must be installed already. */
function addTarget() {
  const rustup = (...words) => spawnSync("rustup", words, { cwd: root, encoding: "utf8" });
  const { status, stdout } = rustup("target", "list", "--installed");
  if (status === 0 && !stdout.split(/\s+/).includes(TARGET)) {
    execFileSync("rustup", ["target", "add", TARGET], { cwd: root, stdio: ["ignore", "inherit", "inherit"] });
  }
}

/** The path of the WebAssembly file, from the messages of cargo. */
function built(messages) {
  for (const line of messages.split("\n").filter(Boolean)) {
    const { reason, target, filenames = [] } = JSON.parse(line);
    const file = filenames.find((name) => name.endsWith(".wasm"));
    if (reason === "compiler-artifact" && target.name === "wasm" && file) return file;
  }
  throw new Error("cargo built no wasm");
}
