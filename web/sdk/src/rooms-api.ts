// The HTTP calls for rooms that players make, one method for each.
import { ProblemError, RoomError, isRoomProblem } from "./errors.js";
import type { Http } from "./http.js";
import type { Latencies } from "./latencies.js";
import { roomCode } from "./room-code.js";
import { roomPreview } from "./room-info.js";
import type { RoomMeta, RoomPreview, Visibility } from "./room-info.js";
import { roomListPath, roomPage } from "./room-list.js";
import type { RoomListOptions, RoomPage } from "./room-list.js";
import { fields, text } from "./shape.js";
import { randomId } from "./timing.js";
import { watchAddress } from "./watch-messages.js";
import type { WatchAddress } from "./watch-messages.js";

/** What the host of a room may change. */
export interface RoomChange {
  /** Whether others find the room in the list of rooms. */
  readonly visibility?: Visibility;
  /** The number of players that the room can hold, within the pool's range. */
  readonly seats?: number;
  /** The game's settings, within the game's ranges. Settings that are not named have the pool's values. */
  readonly settings?: Readonly<Record<string, number>>;
  /** Values of the keys that the pool declares. */
  readonly meta?: RoomMeta;
  /** The name of the room, which may be empty. */
  readonly name?: string;
}

/** The body of a call that takes a seat. */
interface Entry {
  readonly color?: string;
  /** Whether to first leave the queue, or the room that the player is in. */
  readonly leave?: boolean;
}

export class RoomsApi {
  readonly #http: Http;
  readonly #latencies: Latencies;

  constructor(http: Http, latencies: Latencies) {
    this.#http = http;
    this.#latencies = latencies;
  }

  /** Creates a room. Returns its id, as all calls that take a seat. */
  create(body: RoomChange & Entry & { pool: string }, signal?: AbortSignal): Promise<string> {
    return this.#enter("/lobby/rooms", body, signal);
  }

  join(code: string, entry: Entry, signal?: AbortSignal): Promise<string> {
    return this.#enter("/lobby/rooms/join", { code: checked(code), ...entry }, signal);
  }

  rematch(roomId: string, entry: Entry, signal?: AbortSignal): Promise<string> {
    return this.#enter(`${path(roomId)}/rematch`, entry, signal);
  }

  async lookUp(code: string, signal?: AbortSignal): Promise<RoomPreview> {
    return roomPreview(await this.#call("GET", `/lobby/codes/${encodeURIComponent(checked(code))}`, undefined, signal));
  }

  /** Requests an address to watch a running match, with a ticket. */
  async watch(roomId: string, code: string | undefined, signal?: AbortSignal): Promise<WatchAddress> {
    return watchAddress(await this.#call("POST", `${path(roomId)}/watch`, code === undefined ? {} : { code }, signal));
  }

  /** The same for a running match of a pool, picked at random. */
  async watchAny(pool: string | undefined, signal?: AbortSignal): Promise<WatchAddress> {
    return watchAddress(await this.#call("POST", "/lobby/rooms/watch", pool === undefined ? {} : { pool }, signal));
  }

  async list({ signal, ...options }: RoomListOptions): Promise<RoomPage> {
    return roomPage(await this.#call("GET", roomListPath(options), undefined, signal));
  }

  async change(roomId: string, change: RoomChange): Promise<void> {
    await this.#call("PATCH", path(roomId), change);
  }

  async ready(roomId: string, ready: boolean): Promise<void> {
    await this.#call("POST", `${path(roomId)}/ready`, { ready });
  }

  async start(roomId: string, bots: number | undefined): Promise<void> {
    await this.#call("POST", `${path(roomId)}/start`, bots === undefined ? {} : { bots });
  }

  async queue(roomId: string, queue: boolean): Promise<void> {
    await this.#call("POST", `${path(roomId)}/queue`, { queue });
  }

  async kick(roomId: string, playerId: string): Promise<void> {
    await this.#call("POST", `${path(roomId)}/kick`, { player_id: playerId });
  }

  async host(roomId: string, playerId: string): Promise<void> {
    await this.#call("POST", `${path(roomId)}/host`, { player_id: playerId });
  }

  async #enter(path: string, body: object, signal?: AbortSignal): Promise<string> {
    const call = (known: object) => this.#call("POST", path, { ...body, ...known }, signal);
    return text(fields(await this.#latencies.join(call))["room"]);
  }

  /** @throws RoomError for a problem of rooms; other errors as for every call. */
  async #call(method: string, path: string, body?: object, signal?: AbortSignal): Promise<unknown> {
    const changes = body === undefined ? {} : { body, idempotencyKey: randomId() };
    try {
      return await this.#http.callPatiently(method, path, { ...changes, signal });
    } catch (error) {
      if (error instanceof ProblemError && isRoomProblem(error.slug)) throw new RoomError(error.problem, error.retryAfterMs);
      throw error;
    }
  }
}

function path(roomId: string): string {
  return `/lobby/rooms/${encodeURIComponent(roomId)}`;
}

/** The code in its displayed form. @throws RoomError if the text cannot be a code, without a request. */
function checked(code: string): string {
  const shown = roomCode(code);
  if (shown !== undefined) return shown;
  throw new RoomError({ type: "urn:skirmish:problem:code-unknown", title: "No room has this code", status: 404 });
}
