// Packs the built SDK as web/dist/skirmish-sdk.tgz, without Rust: npm run tarball -w @skirmish/sdk.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

const here = (path) => fileURLToPath(new URL(path, import.meta.url));
const out = here("../dist");
mkdirSync(out, { recursive: true });
// A temporary folder, so that a download never reads a partial file.
const temporary = mkdtempSync(join(out, "pack-"));
try {
  const { status, error } = spawnSync("npm", ["pack", "--silent", "--pack-destination", temporary], {
    cwd: here("../sdk"),
    stdio: ["ignore", "ignore", "inherit"],
  });
  if (error) throw error;
  process.exitCode = status ?? 1;
  if (status === 0) renameSync(join(temporary, readdirSync(temporary)[0]), join(out, "skirmish-sdk.tgz"));
} finally {
  rmSync(temporary, { recursive: true, force: true });
}
