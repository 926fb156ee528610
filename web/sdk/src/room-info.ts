// The lobby's data of a room: one that the queue made, or one that a player made.
import { playerInfo } from "./players.js";
import type { PlayerInfo } from "./players.js";
import { fields, flag, list, maybe, num, numbers, text } from "./shape.js";
import type { Fields } from "./shape.js";

/** A waiting room: one of the queue (`open`), or one that a player made (`gathering`). */
export type RoomInfo = OpenRoom | GatheringRoom;

/** A room that the queue made. It starts without a host. */
export interface OpenRoom {
  /** Distinguishes the two kinds of rooms. */
  readonly state: "open";
  readonly pool: string;
  readonly roomId: string;
  readonly players: readonly PlayerInfo[];
  /** The number of players that a match needs. */
  readonly seatsMin: number;
  /** The number of players that a match can hold. */
  readonly seatsMax: number;
}

/** A room that a player made. Its host starts it. */
export interface GatheringRoom {
  /** Distinguishes the two kinds of rooms. */
  readonly state: "gathering";
  readonly pool: string;
  readonly roomId: string;
  /** The players, in the order in which they joined. */
  readonly players: readonly RoomPlayer[];
  /** The number of players that a match needs. */
  readonly seatsMin: number;
  /** The number of players that the room can hold. */
  readonly seatsMax: number;
  /** The id of the player who may change and start the room. */
  readonly host: string;
  /** Admits to the room: `BCD-FGH`. */
  readonly code: string;
  /** Whether others find the room in the list of rooms. */
  readonly visibility: Visibility;
  /** The name that the host gave the room; may be empty. */
  readonly name: string;
  /** The game's settings that the host chose; the others have the values of the pool. */
  readonly settings: Readonly<Record<string, number>>;
  /** The host's values of the keys that the pool declares. */
  readonly meta: RoomMeta;
  /** Only while the players wait in the queue as a group: when they joined it, in ms since 1970, on the server's clock. */
  readonly queuedAtMs: number | undefined;
}

/** A player in a room that a player made. */
export interface RoomPlayer extends PlayerInfo {
  /** Whether the player is ready. A change of the settings resets it. */
  readonly ready: boolean;
}

/** Whether others find a room in the list of rooms, or by its code only. */
export type Visibility = "private" | "listed";

/** Values by which others find a listed room, such as `{ mode: "duo" }`. */
export type RoomMeta = Readonly<Record<string, string | number>>;

/** A room as `lookUpRoom` shows it to a player who has its code. */
export interface RoomPreview {
  /** The name that the host gave the room; may be empty. */
  readonly name: string;
  /** The game's name, such as `arena`. */
  readonly game: string;
  /** The host. */
  readonly host: { readonly playerId: string; readonly name: string };
  /** The number of players in the room. */
  readonly playerCount: number;
  /** How many players the room can hold. */
  readonly seatsMax: number;
  /** The game's settings that the host chose. */
  readonly settings: Readonly<Record<string, number>>;
  /** Whether this player can join now. */
  readonly joinable: boolean;
  /** Why the player cannot join: `full`, `started` or `kicked`. Undefined if they can. */
  readonly reason: string | undefined;
  /** The id of the room if its match runs and may be watched: `lobby.watch(code)`. */
  readonly watch: string | undefined;
}

/** Reads a room of the messages `room_joined` and `room_updated`. */
export function roomInfo(message: Fields): RoomInfo {
  const room = fields(message["room"]);
  const common = {
    pool: text(message["pool"]),
    roomId: text(room["room_id"]),
    seatsMin: num(room["seats_min"]),
    seatsMax: num(room["seats_max"]),
  };
  if (room["state"] !== "gathering") return { state: "open", ...common, players: list(room["players"], playerInfo) };
  return { state: "gathering", ...common, players: list(room["players"], roomPlayer), ...gathering(room) };
}

/** Reads the players of `GET /lobby/rooms/<room>`, in the order in which they joined. */
export function playersOf<P>(view: Fields, read: (player: unknown) => P): P[] {
  const players = Object.entries(fields(view["players"])).map(([id, player]): Fields => ({ name: "Player", ...fields(player), player_id: id }));
  const joinedAt = (player: Fields) => maybe(player["joined_timestamp"], num) ?? 0;
  return players.sort((one, other) => joinedAt(one) - joinedAt(other)).map(read);
}

/** Reads `GET /lobby/rooms/<room>`. */
export function roomOfView(view: Fields): RoomInfo {
  const common = {
    pool: text(view["pool"]),
    roomId: text(view["room_id"]),
    seatsMin: num(view["seats_min"]),
    seatsMax: num(view["seats_max"]),
  };
  if (view["state"] !== "gathering") return { state: "open", ...common, players: playersOf(view, playerInfo) };
  return { state: "gathering", ...common, players: playersOf(view, roomPlayer), ...gathering(view) };
}

/** Reads `GET /lobby/codes/<code>`. */
export function roomPreview(value: unknown): RoomPreview {
  const room = fields(value);
  const host = fields(room["host"]);
  return {
    name: maybe(room["name"], text) ?? "",
    game: text(room["game"]),
    host: { playerId: text(host["player_id"]), name: text(host["name"]) },
    playerCount: num(room["players"]),
    seatsMax: num(room["seats"]),
    settings: maybe(room["settings"], numbers) ?? {},
    joinable: flag(room["joinable"]),
    reason: maybe(room["reason"], text),
    watch: maybe(room["watch"], text),
  };
}

function roomPlayer(value: unknown): RoomPlayer {
  return { ...playerInfo(value), ready: maybe(fields(value)["ready"], flag) ?? false };
}

function gathering(room: Fields): Pick<GatheringRoom, "host" | "code" | "visibility" | "name" | "settings" | "meta" | "queuedAtMs"> {
  return {
    host: text(room["host"]),
    code: text(room["code"]),
    visibility: room["visibility"] === "listed" ? "listed" : "private",
    name: maybe(room["name"], text) ?? "",
    settings: maybe(room["settings"], numbers) ?? {},
    meta: maybe(room["meta"], roomMeta) ?? {},
    queuedAtMs: maybe(room["queued_at_ms"], num),
  };
}

export function roomMeta(value: unknown): RoomMeta {
  const read = (item: unknown) => (typeof item === "number" ? num(item) : text(item));
  return Object.fromEntries(Object.entries(fields(value)).map(([name, item]) => [name, read(item)]));
}
