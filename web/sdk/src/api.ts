// The HTTP API of the lobby, one method for each call.
import { ProblemError } from "./errors.js";
import { ShapeError, fields, list, maybe, num, text } from "./shape.js";
import type { Fields } from "./shape.js";
import type { Http } from "./http.js";
import type { Latencies } from "./latencies.js";
import { lobbyState } from "./lobby-messages.js";
import type { LobbyState } from "./lobby-messages.js";
import { playerInfo, score } from "./players.js";
import type { PlayerInfo, Score } from "./players.js";
import { playersOf, roomOfView } from "./room-info.js";
import type { RoomInfo } from "./room-info.js";
import { backoffMs, pause, randomId } from "./timing.js";

/** How often a missing replay is requested. */
const REPLAY_ATTEMPTS = 4;

/** A new guest; `expiresAt` is in seconds since 1970. */
export interface Guest {
  readonly token: string;
  readonly playerId: string;
  readonly expiresAt: number;
}

/** The answer to a join. */
export interface Joined {
  readonly status: string;
  readonly position: number | undefined;
  readonly pool: string;
}

/** What a player changes with `lobby.change`. */
export interface PlayerChange {
  /** 1 to 24 characters. Only a guest's; other names come from the token. */
  readonly name?: string;
  /** `#rrggbb`. If another player in the room has it, the lobby assigns another one. */
  readonly color?: string;
  /** The text for the game in a guest's token, at most 256 bytes. */
  readonly game?: string;
}

/** What `lobby.report` sends. */
export interface PlayerReport {
  /** Another player of the match. Bots cannot be reported. */
  readonly playerId: string;
  /** The tick of the reported behaviour, as in `view.tick`. */
  readonly tick: number;
  /** 1 to 500 characters. */
  readonly reason: string;
  /** The match. Default: the running match of this player. */
  readonly room?: string;
}

/** What the link to a replay carries. */
export interface ReplayLink {
  /** `sharedReplay` loads the replay with it. It gives no other right. */
  readonly token: string;
  /** When the replay expires. */
  readonly expiresAt: Date;
}

export class Api {
  readonly #http: Http;
  readonly #latencies: Latencies;

  constructor(http: Http, latencies: Latencies) {
    this.#http = http;
    this.#latencies = latencies;
  }

  async guest(body: { readonly name?: string; readonly game?: string }, signal?: AbortSignal): Promise<Guest> {
    const guest = fields(await this.#http.callPatiently("POST", "/lobby/guest", { body, signal }));
    return { token: text(guest["token"]), playerId: text(guest["player_id"]), expiresAt: num(guest["expires_at"]) };
  }

  /** Changes what others see of the player. Returns a guest's new token. */
  async updateMe(body: PlayerChange, signal?: AbortSignal): Promise<string | undefined> {
    const changed = fields(await this.#http.callPatiently("PATCH", "/lobby/me", { body, signal }));
    return maybe(changed["token"], text);
  }

  async join(body: { pool: string; color?: string }, signal?: AbortSignal): Promise<Joined> {
    const idempotencyKey = randomId();
    const call = (known: object) => {
      return this.#http.callPatiently("POST", "/lobby/queue", { body: { ...body, ...known }, idempotencyKey, signal });
    };
    const joined = fields(await this.#latencies.join(call));
    const position = joined["position"];
    return {
      status: text(joined["status"]),
      pool: typeof joined["pool"] === "string" ? joined["pool"] : body.pool,
      position: typeof position === "number" ? position : undefined,
    };
  }

  /** The game of a pool. @throws ProblemError `unknown-pool` */
  async gameOf(name: string, signal?: AbortSignal): Promise<string> {
    const { pools } = fields(await this.#http.callPatiently("GET", "/lobby/pools", { signal }));
    const found = list(pools, fields).find((pool) => pool["name"] === name);
    if (found) return text(found["game"]);
    throw new ProblemError({ type: "urn:skirmish:problem:unknown-pool", title: "There is no such pool", status: 404 });
  }

  async leaveQueue(): Promise<void> {
    await this.#http.callPatiently("DELETE", "/lobby/queue", { idempotencyKey: randomId() });
  }

  async leaveMatch(): Promise<void> {
    await this.#http.callPatiently("DELETE", "/lobby/match", { idempotencyKey: randomId() });
  }

  /** Safe to repeat: a match has one report of a player about another one. */
  async report({ playerId, tick, reason, room }: PlayerReport): Promise<void> {
    const body = { player_id: playerId, tick: Math.floor(tick), reason, room };
    await this.#http.callPatiently("POST", "/match/report", { body });
  }

  async me(signal?: AbortSignal): Promise<LobbyState> {
    return lobbyState(await this.#http.call("GET", "/lobby/me", { signal }));
  }

  /** The room that the player waits in. */
  async room(roomId: string): Promise<RoomInfo> {
    return roomOfView(await this.#view(roomId));
  }

  /** The players of a room; only its members may call this. */
  async roomPlayers(room: string): Promise<PlayerInfo[]> {
    return playersOf(await this.#view(room), playerInfo);
  }

  async #view(room: string): Promise<Fields> {
    return fields(await this.#http.call("GET", `/lobby/rooms/${encodeURIComponent(room)}`));
  }

  /** The replay file of a finished match. */
  async replay(room: string, signal?: AbortSignal): Promise<Uint8Array> {
    const path = `/replays/${encodeURIComponent(room)}`;
    for (let attempt = 0; ; attempt++) {
      try {
        return new Uint8Array((await this.#http.callPatiently("GET", path, { isFile: true, signal })) as ArrayBuffer);
      } catch (error) {
        // Right after the end of a match, its replay may not be stored yet.
        const isEarly = error instanceof ProblemError && error.status === 404 && attempt + 1 < REPLAY_ATTEMPTS;
        if (!isEarly) throw error;
        await pause(backoffMs(attempt), signal);
      }
    }
  }

  async shareReplay(room: string, signal?: AbortSignal): Promise<ReplayLink> {
    const path = `/replays/${encodeURIComponent(room)}/share`;
    const link = fields(await this.#http.callPatiently("POST", path, { signal }));
    return { token: text(link["token"]), expiresAt: new Date(num(link["expires_at"]) * 1000) };
  }

  /** The scores of a pool or of one match, best first. */
  async leaderboard(of: { pool: string; limit: number } | { room: string }): Promise<Score[]> {
    const path =
      "room" in of
        ? `/leaderboard/${encodeURIComponent(of.room)}`
        : `/leaderboard?pool=${encodeURIComponent(of.pool)}&limit=${of.limit}`;
    return list(await this.#http.callPatiently("GET", path), score);
  }
}

/** The player id of a token whose subject is a UUID. Only the server can map other subjects to an id. */
export function playerOf(token: string): string | undefined {
  const subject = claimsOf(token)?.["sub"];
  const id = typeof subject === "string" ? subject.toLowerCase() : "";
  return /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/.test(id) ? id : undefined;
}

/** The claims of a token, which the server has not checked yet. Undefined if it is not a JWT. */
export function claimsOf(token: string): Fields | undefined {
  try {
    return fields(JSON.parse(atob((token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/"))));
  } catch (error) {
    if (error instanceof ShapeError || error instanceof SyntaxError || error instanceof DOMException) return undefined;
    throw error;
  }
}
