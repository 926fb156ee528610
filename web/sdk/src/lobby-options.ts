// The options of the lobby's calls.
import type { Api } from "./api.js";
import type { BaseUrl } from "./base-url.js";
import type { EngineSources } from "./engine-source.js";
import type { Http } from "./http.js";
import type { Latencies } from "./latencies.js";
import type { LobbyState } from "./lobby-messages.js";
import type { RoomChange } from "./rooms-api.js";
import type { WebSocketClass } from "./socket.js";

/** Options of `rejoin`, `replay` and `room.match`. */
export interface JoinOptions {
  /** Cancels the call: the promise rejects with the signal's reason. `play` also leaves the queue. */
  readonly signal?: AbortSignal;
}

/** Options of `watchAny`. */
export interface WatchAnyOptions extends JoinOptions {
  /** The pool of the match. Default: `main`. */
  readonly pool?: string;
}

/** Options of `play`. */
export interface PlayOptions extends JoinOptions {
  /** The pool to join, such as a game mode or a region. Default: `main`. */
  readonly pool?: string;
  /** The preferred colour, `#rrggbb`. If another player in the room has it, the lobby assigns another one. */
  readonly color?: string;
}

/** Options of `joinRoom` and `rematch`. */
export interface EnterOptions extends JoinOptions {
  /** The preferred colour, `#rrggbb`. If another player in the room has it, the lobby assigns another one. */
  readonly color?: string;
  /** Whether to first leave the queue, or the room that the player is in. Otherwise `RoomError` `queued` is thrown in that case. */
  readonly leave?: boolean;
}

/** Options of `createRoom`. */
export interface CreateRoomOptions extends EnterOptions, RoomChange {
  /** The pool, such as a game mode or a region. Default: `main`. */
  readonly pool?: string;
}

export interface LobbyOptions {
  readonly base: BaseUrl;
  readonly http: Http;
  readonly playerId: string | undefined;
  readonly api: Api;
  readonly latencies: Latencies;
  readonly state: LobbyState;
  readonly WebSocket: WebSocketClass;
  readonly transport: "auto" | "websocket";
  readonly wasm: EngineSources | undefined;
}
