// A watch of the list of rooms: the rooms that a search finds, kept up to date by the messages of the lobby socket.
import { listedRoom } from "./room-list.js";
import type { ListedRoom, RoomSearch } from "./room-list.js";
import { flag, list, maybe, text } from "./shape.js";
import type { Fields } from "./shape.js";

/** The message `rooms`. */
export interface RoomChanges {
  readonly pool: string;
  /** Whether `added` is the whole list. */
  readonly full: boolean;
  readonly added: readonly ListedRoom[];
  readonly changed: readonly ListedRoom[];
  /** The ids of rooms that the search does not find any more. */
  readonly gone: readonly string[];
}

/** Receives all rooms that the search finds, at most 50, in its order. */
export type RoomsListener = (rooms: readonly ListedRoom[]) => void;

export class RoomWatch {
  readonly #search: RoomSearch;
  readonly #listener: RoomsListener;
  readonly #rooms = new Map<string, ListedRoom>();

  constructor(search: RoomSearch, listener: RoomsListener) {
    this.#search = search;
    this.#listener = listener;
  }

  /** The members of the message that starts it, each time the socket opens. */
  get request(): object {
    const { pool = "main", where = "", sort } = this.#search;
    return sort === undefined ? { pool, where } : { pool, where, sort };
  }

  apply({ full, added, changed, gone }: RoomChanges): void {
    if (full) this.#rooms.clear();
    for (const room of [...added, ...changed]) this.#rooms.set(room.roomId, room);
    for (const roomId of gone) this.#rooms.delete(roomId);
    this.#listener([...this.#rooms.values()].sort(orderOf(this.#search.sort ?? "-created")));
  }
}

/** Reads the message `rooms`. */
export function roomChanges(message: Fields): RoomChanges {
  return {
    pool: text(message["pool"]),
    full: maybe(message["full"], flag) ?? false,
    added: list(message["added"], listedRoom),
    changed: list(message["changed"], listedRoom),
    gone: list(message["gone"], text),
  };
}

/** The order of the server: rooms without a value come last, and rooms of one value are ordered by their ids. */
function orderOf(sort: string): (one: ListedRoom, other: ListedRoom) => number {
  const descends = sort.startsWith("-");
  const key = descends ? sort.slice(1) : sort;
  const rank = (room: ListedRoom) => {
    const values: Readonly<Record<string, unknown>> = { ...room.meta, players: room.playerCount, free: room.free, created: room.createdAt };
    const value = values[key];
    return typeof value === "number" ? (descends ? -value : value) : Infinity;
  };
  return (one, other) => {
    const [first, second] = [rank(one), rank(other)];
    if (first !== second) return first < second ? -1 : 1;
    return one.roomId < other.roomId ? -1 : 1;
  };
}
