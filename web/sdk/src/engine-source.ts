// Finds, loads and compiles a game's WebAssembly.
import { ENGINES } from "./engines.js";
import { ConnectionError, UnknownGameError } from "./errors.js";

/** The WebAssembly of a game: its URL, its bytes, or a compiled module. */
export type EngineSource = string | URL | BufferSource | WebAssembly.Module;
/** The WebAssembly of the only game that is played, or a function that returns the WebAssembly of a game by its name. */
export type EngineSources = EngineSource | ((game: string) => EngineSource);

const HINT = "Pass its address: Skirmish.connect(url, { wasm: … }), see the SDK's README";
/** The time limit for the download, enough for 45 kB on a very slow connection. */
const DOWNLOAD_MS = 60_000;
const modules = new Map<string, Promise<WebAssembly.Module>>();

/** The WebAssembly of a game, from these sources. Default: the file of this package. @throws ConnectionError if it has none. */
export function engineSource(game: string, sources: EngineSources | undefined): EngineSource {
  if (typeof sources === "function") return sources(game);
  return sources ?? packagedEngine(game);
}

/** The file of a game next to this module. In development, Vite before 8 moves the module but not the file. */
function packagedEngine(game: string): URL {
  const beside = Object.hasOwn(ENGINES, game) ? ENGINES[game]?.() : undefined;
  if (!beside) {
    const games = Object.keys(ENGINES).join(", ");
    throw new UnknownGameError(
      `this build of the SDK has no WebAssembly of the game "${game}", only of ${games}. Install the SDK of the server, /sdk.tgz`,
    );
  }
  beside.pathname = beside.pathname.replace(/\/\.vite\/deps\/(engine-\w+\.wasm)$/, "/@skirmish/sdk/dist/$1");
  return beside;
}

/**
 * Compiles the WebAssembly. A URL is loaded only once; after a failure, the next call tries again.
 *
 * @throws ConnectionError if it cannot be loaded; the message has the URL and the cause.
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
    throw failed(`not valid WebAssembly (${found.type}): ${String(cause)}`, cause);
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

/** Reads a file in Node, which cannot fetch files. The module name is computed so that browser bundlers skip it. */
async function readFile(url: string): Promise<Found> {
  const name = ["node:fs", "promises"].join("/");
  const fs = (await import(/* @vite-ignore */ name)) as { readFile: (url: URL) => Promise<BufferSource> };
  return { status: 200, type: "a file", bytes: await fs.readFile(new URL(url)) };
}
