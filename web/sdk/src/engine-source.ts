// Where the engine's WebAssembly comes from: fetched or read, checked, compiled once.
import { ConnectionError } from "./errors.js";

/** Where the WebAssembly comes from: an address, its bytes, or what they were compiled to. */
export type EngineSource = string | URL | BufferSource | WebAssembly.Module;

const HINT = "Give its address: Skirmish.connect(url, { wasm: … }), see the SDK's README";
/** 45 kB on a very slow line. */
const DOWNLOAD_MS = 60_000;
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** `skirmish.wasm` beside this module. Vite before 8 moves the module alone, in development: then it is where the package is. */
export function packagedEngine(): URL {
  const beside = new URL("./skirmish.wasm", import.meta.url);
  beside.pathname = beside.pathname.replace(/\/\.vite\/deps\/skirmish\.wasm$/, "/@skirmish/sdk/dist/skirmish.wasm");
  return beside;
}

/**
 * Compiles it, an address only once; a failure is forgotten, so that the next call tries again.
 *
 * @throws ConnectionError where it cannot be had, with its address and what came instead.
 */
export async function compile(source: EngineSource): Promise<WebAssembly.Module> {
  if (source instanceof WebAssembly.Module) return source;
  if (typeof source !== "string" && !(source instanceof URL)) return WebAssembly.compile(source);
  const url = String(source);
  const known = modules.get(url);
  if (known) return known;
  const module = load(url);
  modules.set(url, module);
  module.catch(() => modules.delete(url));
  return module;
}

async function load(url: string): Promise<WebAssembly.Module> {
  const failed = (what: string, cause?: unknown) =>
    new ConnectionError(`the game's WebAssembly cannot be loaded from ${url}: ${what}. ${HINT}`, { cause });
  let found: Found;
  try {
    found = await (url.startsWith("file:") ? readFile(url) : download(url));
  } catch (cause) {
    throw failed(cause instanceof Error ? cause.message : String(cause), cause);
  }
  if (found.status !== 200) throw failed(`answered with status ${found.status} (${found.type})`);
  try {
    return await WebAssembly.compile(found.bytes);
  } catch (cause) {
    throw failed(`it is no WebAssembly that runs here (${found.type}): ${String(cause)}`, cause);
  }
}

interface Found {
  readonly status: number;
  /** The content type. */
  readonly type: string;
  readonly bytes: BufferSource;
}

async function download(url: string): Promise<Found> {
  const response = await fetch(url, { signal: AbortSignal.timeout(DOWNLOAD_MS) });
  const type = response.headers.get("content-type") ?? "no content type";
  return { status: response.status, type, bytes: await response.arrayBuffer() };
}

/** Node cannot fetch files. Bundlers for browsers must not look for the module, so its name is not written out. */
async function readFile(url: string): Promise<Found> {
  const name = ["node:fs", "promises"].join("/");
  const fs = (await import(/* @vite-ignore */ name)) as { readFile: (url: URL) => Promise<BufferSource> };
  return { status: 200, type: "a file", bytes: await fs.readFile(new URL(url)) };
}
