// What a match gets from the lobby.
import type { Engine } from "./engine.js";
import type { LobbyState } from "./lobby-messages.js";
import type { EnterOptions } from "./lobby-options.js";
import type { PlayerInfo, Score } from "./players.js";
import type { Room } from "./room.js";
import type { WebSocketClass } from "./socket.js";

export interface MatchOptions {
  readonly roomId: string;
  readonly playerId: string | undefined;
  readonly players: readonly PlayerInfo[];
  readonly engine: Engine;
  readonly WebSocket: WebSocketClass;
  readonly socketBase: string;
  readonly me: (signal: AbortSignal) => Promise<LobbyState>;
  readonly finalScores: () => Promise<readonly Score[]>;
  readonly rematch: (options: EnterOptions) => Promise<Room>;
}
