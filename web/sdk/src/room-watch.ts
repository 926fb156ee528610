// A watch of the list of rooms: the rooms that a search finds, updated by the messages of the lobby socket. While the server
// sends none, because it has too many watchers or the socket does not open, the list is polled.
import { isPassing } from "./http.js";
import { listedRoom } from "./room-list.js";
import type { ListedRoom, RoomSearch } from "./room-list.js";
import type { RoomsApi } from "./rooms-api.js";
import { flag, list, maybe, text } from "./shape.js";
import type { Fields } from "./shape.js";
import type { LobbySocket } from "./socket.js";
import { pause } from "./timing.js";

/** The message `rooms`. */
export interface RoomChanges {
  readonly pool: string;
  /** Whether `added` is the complete list. */
  readonly full: boolean;
  readonly added: readonly ListedRoom[];
  readonly changed: readonly ListedRoom[];
  /** The ids of rooms that the search no longer finds. */
  readonly gone: readonly string[];
}

/** Receives all rooms that the search finds, at most 50, in its order. */
export type RoomsListener = (rooms: readonly ListedRoom[]) => void;

/** The server sends the list as soon as a watch begins. After this long without it, it is polled. */
const POLL_EVERY_MS = 5_000;
/** The maximum number of rooms in the server's messages. */
const ROOMS_MAX = 50;

export class RoomWatch {
  readonly #search: RoomSearch;
  readonly #listener: RoomsListener;
  readonly #socket: LobbySocket;
  readonly #api: RoomsApi;
  readonly #rooms = new Map<string, ListedRoom>();
  /** Ends the polls. */
  #polls = new AbortController();

  constructor(search: RoomSearch, listener: RoomsListener, socket: LobbySocket, api: RoomsApi) {
    this.#search = search;
    this.#listener = listener;
    this.#socket = socket;
    this.#api = api;
  }

  /** Begins the watch, again with each connection. The server may refuse the connection, or the watch. */
  begin(): void {
    this.end();
    this.#polls = new AbortController();
    void this.#poll(this.#polls.signal);
    const { pool = "main", where = "", sort } = this.#search;
    this.#socket.send("watch_rooms", { pool, where, ...(sort !== undefined && { sort }) });
  }

  end(): void {
    this.#polls.abort();
  }

  /** Handles a message of the server, which has accepted the watch. */
  apply(changes: RoomChanges): void {
    this.end();
    this.#change(changes);
  }

  async #poll(signal: AbortSignal): Promise<void> {
    try {
      for (;;) {
        await pause(POLL_EVERY_MS, signal);
        const rooms = await this.#ask(signal);
        if (rooms && !signal.aborted) this.#change({ full: true, added: rooms, changed: [], gone: [] });
      }
    } catch (error) {
      // For example an invalid search.
      if (!signal.aborted) console.error(error);
    }
  }

  /** Requests the list. Undefined if the server cannot be reached now. */
  async #ask(signal: AbortSignal): Promise<readonly ListedRoom[] | undefined> {
    try {
      return (await this.#api.list({ ...this.#search, limit: ROOMS_MAX, signal })).rooms;
    } catch (error) {
      if (isPassing(error)) return undefined;
      throw error;
    }
  }

  #change({ full, added, changed, gone }: Omit<RoomChanges, "pool">): void {
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

/** The order of the server: rooms without a value come last, and rooms with equal values are ordered by their ids. */
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
