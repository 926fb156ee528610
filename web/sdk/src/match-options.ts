// The options with which the lobby creates a match, and the statistics of a match.
import type { Engine, EngineStats } from "./engine.js";
import type { Transport } from "./game-socket.js";
import type { GameRegion, LobbyState } from "./lobby-messages.js";
import type { EnterOptions } from "./lobby-options.js";
import type { PlayerInfo, Score } from "./players.js";
import type { Room } from "./room.js";
import type { WebSocketClass } from "./socket.js";

/** Statistics of the connection and the prediction. Counts start when the client enters the match. */
export interface MatchStats extends EngineStats {
  /** The transport of the match. */
  readonly transport: Transport;
  /** Where the match runs. Undefined in a deployment without regions. */
  readonly region: GameRegion | undefined;
}

export interface MatchOptions {
  readonly roomId: string;
  readonly playerId: string | undefined;
  readonly players: readonly PlayerInfo[];
  readonly engine: Engine;
  readonly WebSocket: WebSocketClass;
  readonly transport: "auto" | "websocket";
  readonly socketBase: string;
  readonly me: (signal: AbortSignal) => Promise<LobbyState>;
  readonly finalScores: () => Promise<readonly Score[]>;
  readonly rematch: (options: EnterOptions) => Promise<Room>;
}
