// The events of a match.
import type { Outage } from "./game-link.js";
import type { GameEvent, Over } from "./game-messages.js";
import type { PlayerInfo } from "./players.js";
import type { Connection } from "./socket.js";

/** The events of `match.on`, each with the value that its listener receives. Other names are custom messages. */
export interface MatchEvents {
  /** An event of the game. It may be ahead of the picture: compare its tick with `view().tick`. */
  readonly event: GameEvent;
  /** Another player joined the running match. */
  readonly joined: PlayerInfo;
  /** The match ended. */
  readonly over: Over;
  /** Another server runs the match now. It may continue from a tick that was shown before. */
  readonly moved: { readonly epoch: number };
  /** The connection is interrupted, and the SDK is looking for the match. */
  readonly reconnecting: { readonly reason: Outage };
  /** The connection is back after `reconnecting`. `pausedMs` is the time without snapshots. */
  readonly resumed: { readonly epoch: number; readonly pausedMs: number };
  /** The state of the connection to the game server changed. */
  readonly connection: Connection;
  /**
   * The last event of this match. `reason` is `over`, `superseded`, `closed`, `refused` (no connection to the game server
   * opened), `unauthorized` (the server no longer accepts the token), `unknown_game` (this engine does not have the game),
   * `broken` (the engine crashed: reload the page), or the reason why the player was removed.
   */
  readonly close: { readonly reason: string };
}

/** Their names, which no custom message may have. */
export const OWN_EVENTS: ReadonlySet<string> = new Set<keyof MatchEvents>([
  "event",
  "joined",
  "over",
  "moved",
  "reconnecting",
  "resumed",
  "connection",
  "close",
]);
