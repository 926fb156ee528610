// The way in: a token of yours, or a new guest, becomes a Lobby.
import { Api, playerOf } from "./api.js";
import { compile } from "./engine.js";
import type { EngineSource } from "./engine.js";
import { Http } from "./http.js";
import { Lobby } from "./lobby.js";
import type { WebSocketClass } from "./socket.js";

export interface ConnectOptions {
  /** A player's JWT. Without one, a guest is made, where the server allows guests. */
  readonly token?: string;
  /** The new guest's name, 1 to 24 characters. */
  readonly name?: string;
  /** Gives up connecting. */
  readonly signal?: AbortSignal;
  /** For runtimes without a global WebSocket, such as Node 20: `(await import("ws")).WebSocket`. */
  readonly WebSocket?: WebSocketClass;
  /** Where the game's WebAssembly is; `skirmish.wasm` beside this module where nothing is said. */
  readonly wasm?: EngineSource;
}

/**
 * Connects to the server at `url`, such as `https://play.example` or `http://127.0.0.1:8080`.
 *
 * Resolves once the token is known to be good, with `lobby.state` saying where the player stands: a match that still
 * runs is `playing`, and `lobby.rejoin()` goes back to it. The lobby's socket opens with the first `play` or `rejoin`.
 *
 * @throws ProblemError where the server refuses: `unauthorized`, `guests-disabled`, `bad-request`, `unavailable`.
 * @throws ConnectionError where it cannot be reached.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Lobby> {
  const wasm = options.wasm ?? new URL("./skirmish.wasm", import.meta.url);
  // It comes while the player waits. Who plays asks again, and is told if it does not.
  compile(wasm).catch(() => undefined);
  const http = new Http(url, options.token);
  const api = new Api(http);
  let playerId: string | undefined;
  if (options.token === undefined) {
    const guest = await api.guest(options.name, options.signal);
    http.token = guest.token;
    playerId = guest.playerId;
  } else {
    playerId = playerOf(options.token);
  }
  const state = await api.me(options.signal);
  return new Lobby({
    url: url.replace(/^http/, "ws").replace(/\/+$/, "") + "/lobby",
    token: http.token ?? "",
    playerId,
    api,
    state,
    WebSocket: options.WebSocket ?? WebSocket,
    wasm,
  });
}
