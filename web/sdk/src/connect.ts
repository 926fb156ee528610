// `connect`: creates a Lobby from a token, or as a new guest.
import { Api, playerOf } from "./api.js";
import { baseUrl } from "./base-url.js";
import type { EngineSources } from "./engine-source.js";
import { ForeignAnswerError } from "./errors.js";
import { renewGuest } from "./guest-token.js";
import { Http } from "./http.js";
import type { TokenSource } from "./http.js";
import { Latencies } from "./latencies.js";
import { Lobby } from "./lobby.js";
import { ShapeError } from "./shape.js";
import type { WebSocketClass } from "./socket.js";

/** Options of `connect`. */
export interface ConnectOptions {
  /**
   * A player's JWT, or a function that returns one. The function is called once at the start, and again when the server
   * no longer accepts the last token, for example because it expired. Without `token`, a new guest is created, if the
   * server allows guests.
   */
  readonly token?: TokenSource;
  /** The new guest's name, 1 to 24 characters. */
  readonly name?: string;
  /**
   * The text for the game in the new guest's token, such as a skin: at most 256 bytes. Guests choose it themselves, as
   * their name. A token of your own has it as the claim `game`.
   */
  readonly game?: string;
  /** Cancels `connect`. */
  readonly signal?: AbortSignal;
  /** The WebSocket class, for runtimes that have none, such as Node 18 and 20: `(await import("ws")).WebSocket`. */
  readonly WebSocket?: WebSocketClass;
  /**
   * The transport of matches. `auto`, the default: WebTransport, if the browser and the game server support it and a
   * connection opens; otherwise a WebSocket. `websocket`: always a WebSocket.
   */
  readonly transport?: "auto" | "websocket";
  /** The games' WebAssembly. Default: `engine-<game>.wasm` next to this module. It is loaded by `play`, `rejoin` and `replay`. */
  readonly wasm?: EngineSources;
}

/**
 * Connects to the server at `url`, such as `https://play.example` or `http://127.0.0.1:8080`. In a browser, `/` is the
 * server of the page.
 *
 * Resolves when the server has accepted the token. `lobby.state` is the player's state: if its status is `playing`,
 * `lobby.rejoin()` returns to the running match. The lobby socket opens with the first `play` or `rejoin`.
 *
 * @throws TypeError if the address is not valid, or this runtime has no WebSocket.
 * @throws ProblemError if the server refuses: `unauthorized`, `guests-disabled`, `bad-request`, `unavailable`.
 * @throws ConnectionError if the server cannot be reached, or another server answers.
 */
export async function connect(url: string, options: ConnectOptions = {}): Promise<Lobby> {
  const base = baseUrl(url);
  const WebSocket = webSocket(options);
  options.signal?.throwIfAborted();
  const http = new Http(base.http, options.token);
  const latencies = new Latencies(http, base.http);
  const api = new Api(http, latencies);
  try {
    const playerId = await player(http, api, options);
    const state = await api.me(options.signal);
    await renewGuest(http, api, options.signal);
    latencies.refresh();
    const { transport = "auto", wasm } = options;
    return new Lobby({ base, http, playerId, api, latencies, state, WebSocket, transport, wasm });
  } catch (error) {
    if (!(error instanceof ShapeError)) throw error;
    throw new ForeignAnswerError(`no Skirmish server of this version answers at ${base.http}`, { cause: error });
  }
}

/** Sets the token of `http`, and returns the player's id if it is known. */
async function player(http: Http, api: Api, { token, name, game, signal }: ConnectOptions): Promise<string | undefined> {
  if (token === undefined) {
    const guest = await api.guest({ ...(name !== undefined && { name }), ...(game !== undefined && { game }) }, signal);
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
