// The list of rooms that players made: types and parsers.
import { roomMeta } from "./room-info.js";
import type { RoomMeta } from "./room-info.js";
import { fields, list, maybe, num, numbers, text } from "./shape.js";

/** A room in the list of rooms. `joinRoom(room.code)` joins it. */
export interface ListedRoom {
  readonly roomId: string;
  /** Admits to the room: `BCD-FGH`. */
  readonly code: string;
  /** The name that the host gave the room; may be empty. */
  readonly name: string;
  /** The host. Both texts are empty while the room has no players. */
  readonly host: { readonly playerId: string; readonly name: string };
  /** The game's name, such as `arena`. */
  readonly game: string;
  /** The number of players in the room. */
  readonly playerCount: number;
  /** How many players the room can hold. */
  readonly seatsMax: number;
  /** The number of free seats. */
  readonly free: number;
  /** The creation time, in ms since 1970. */
  readonly createdAt: number;
  /** The game's settings that the host chose; the others have the values of the pool. */
  readonly settings: Readonly<Record<string, number>>;
  /** The host's values of the keys that the pool declares. */
  readonly meta: RoomMeta;
}

/** A search in the list of rooms. */
export interface RoomSearch {
  /** Default: `main`. */
  readonly pool?: string;
  /**
   * Conditions that a room must fulfil, such as `mode:eq:duo,level:gte:3,free:gte:1`. Numbers (`players`, `free`, `created` and
   * the pool's meta keys) have `eq`, `ne`, `gt`, `gte`, `lt` and `lte`; texts (`game`, `state` and meta keys) have `eq` and `ne`. A backslash goes
   * before a comma or backslash of a value.
   */
  readonly where?: string;
  /** `players`, `free`, `created` or a meta key with numbers; `-players`: the greatest first. Default: `-created`. */
  readonly sort?: string;
}

/** A page of the list of rooms. */
export interface RoomListOptions extends RoomSearch {
  /** The maximum number of rooms on the page, up to 100. Default: 20. */
  readonly limit?: number;
  /** The `cursor` of the page before. */
  readonly cursor?: string;
  /** Cancels the call. */
  readonly signal?: AbortSignal;
}

/** Rooms in the order of `sort`. */
export interface RoomPage {
  /** The rooms that the search finds. */
  readonly rooms: readonly ListedRoom[];
  /** Continues after this page. Undefined if there are no more rooms. */
  readonly cursor: string | undefined;
}

/** The path of `GET /lobby/rooms` with its query. */
export function roomListPath({ pool, where, sort, limit, cursor }: RoomListOptions): string {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries({ pool, where, sort, limit, cursor })) {
    if (value !== undefined) query.set(name, String(value));
  }
  return `/lobby/rooms?${query}`;
}

/** Reads `GET /lobby/rooms`. */
export function roomPage(value: unknown): RoomPage {
  const page = fields(value);
  return { rooms: list(page["rooms"], listedRoom), cursor: maybe(page["cursor"], text) };
}

export function listedRoom(value: unknown): ListedRoom {
  const room = fields(value);
  const host = fields(room["host"]);
  return {
    roomId: text(room["room"]),
    code: text(room["code"]),
    name: text(room["name"]),
    host: { playerId: text(host["player_id"]), name: text(host["name"]) },
    game: text(room["game"]),
    playerCount: num(room["players"]),
    seatsMax: num(room["seats"]),
    free: num(room["free"]),
    createdAt: num(room["created"]),
    settings: maybe(room["settings"], numbers) ?? {},
    meta: maybe(room["meta"], roomMeta) ?? {},
  };
}
