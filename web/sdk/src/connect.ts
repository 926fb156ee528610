// The way in: a token of yours, or a new guest, becomes a Lobby.
import { Api, playerOf } from "./api.js";
import { baseUrl } from "./base-url.js";
import { compile, packagedEngine } from "./engine-source.js";
import type { EngineSource } from "./engine-source.js";
import { ForeignAnswerError } from "./errors.js";
import { Http } from "./http.js";
import type { TokenSource } from "./http.js";
import { Lobby } from "./lobby.js";
import { ShapeError } from "./shape.js";
import type { WebSocketClass } from "./socket.js";

/** Who plays, and what `connect` needs where the runtime or the bundle is an unusual one. */
export interface ConnectOptions {
  /**
   * A player's JWT, or a function that gives one. The function is called at first, and again whenever the server no longer
   * takes the last token, as when it expired. Without `token`, a guest is made, where the server allows guests.
   */
  readonly token?: TokenSource;
  /** The new guest's name, 1 to 24 characters. */
  readonly name?: string;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
  /** For runtimes without a global WebSocket, such as Node 18 and 20: `(await import("ws")).WebSocket`. */
  readonly WebSocket?: WebSocketClass;
  /** Where the game's WebAssembly is; `skirmish.wasm` beside this module where nothing is said. */
  readonly wasm?: EngineSource;
}

/**
 * Connects to the server at `url`, such as `https://play.example` or `http://127.0.0.1:8080`; in a browser also `/`, the
 * page's own server.
 *
 * Resolves once the token is known to be good, with `lobby.state` saying where the player stands: a match that still
 * runs is `playing`, and `lobby.rejoin()` goes back to it. The lobby's socket opens with the first `play` or `rejoin`.
 * The game's WebAssembly is loaded first: where it cannot be had, no guest is made.
 *
 * @throws TypeError where the address is none a server can have, or there is no WebSocket in this runtime.
 * @throws ProblemError where the server refuses: `unauthorized`, `guests-disabled`, `bad-request`, `unavailable`.
 * @throws ConnectionError where it cannot be reached, something else answers there, or the WebAssembly cannot be loaded.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Lobby> {
  const base = baseUrl(url);
  const WebSocket = webSocket(options);
  const wasm = options.wasm ?? packagedEngine();
  await compile(wasm);
  options.signal?.throwIfAborted();
  const http = new Http(base.http, options.token);
  const api = new Api(http);
  try {
    const playerId = await player(http, api, options);
    const state = await api.me(options.signal);
    return new Lobby({ base, http, playerId, api, state, WebSocket, wasm });
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ForeignAnswerError(`no Skirmish server of this version answers at ${base.http}`, { cause: error });
  }
}

/** The player's id, where it can be known; from here on `http` has the token. */
async function player(http: Http, api: Api, { token, name, signal }: ConnectOptions): Promise<string | undefined> {
  if (token === undefined) {
    const guest = await api.guest(name, signal);
    http.token = guest.token;
    return guest.playerId;
  }
  await http.renewToken();
  return playerOf(http.token ?? "");
}

function webSocket(options: ConnectOptions): WebSocketClass {
  const found = options.WebSocket ?? (globalThis.WebSocket as WebSocketClass | undefined);
  if (found) return found;
  throw new TypeError(
    "this runtime has no WebSocket (Node has one from version 22): npm i ws, then " +
      'Skirmish.connect(url, { WebSocket: (await import("ws")).WebSocket })',
  );
}
