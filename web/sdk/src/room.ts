// A room that a player made, from the point of view of a player in it.
import type { Match } from "./match.js";
import type { GatheringRoom } from "./room-info.js";
import type { RoomChange, RoomsApi } from "./rooms-api.js";
import type { Arena, GameShape } from "./view.js";

export interface RoomOptions {
  readonly api: RoomsApi;
  /** The server's base URL. */
  readonly base: string;
  readonly playerId: string | undefined;
  /** Waits for the match of the room, and enters it. */
  readonly match: <G extends GameShape>(signal: AbortSignal | undefined) => Promise<Match<G>>;
  readonly leave: () => Promise<void>;
}

/**
 * A room that a player made, with this player in it. `lobby.on("room", …)` reports each change. The calls reject with a
 * `RoomError` if the server refuses them: `not-host` if only the host may do this, `not-member` after the player left.
 */
export class Room {
  readonly #options: RoomOptions;
  #info: GatheringRoom;

  /** @internal Use `Lobby.createRoom` or `Lobby.joinRoom`. */
  constructor(info: GatheringRoom, options: RoomOptions) {
    this.#info = info;
    this.#options = options;
  }

  get roomId(): string {
    return this.#info.roomId;
  }

  /** The room as of the last message: its players, its host, its settings. */
  get info(): GatheringRoom {
    return this.#info;
  }

  /** Admits to the room: `BCD-FGH`. */
  get code(): string {
    return this.#info.code;
  }

  /** The address of the room on the server's own page. For a page of your own, see `codeFromUrl`. */
  get url(): string {
    return `${this.#options.base}/app?room=${this.code}`;
  }

  /** Whether this player is the host. */
  get isHost(): boolean {
    return this.#info.host === this.#options.playerId;
  }

  /**
   * Resolves when the host has started the match and the game server has welcomed the player.
   *
   * @throws LeftError if the player is removed while they wait: `reason` is `kicked`, `room_closed`, … Other errors as for
   * `play`. If the signal is aborted, the player leaves the room.
   */
  match<G extends GameShape = Arena>({ signal }: { readonly signal?: AbortSignal } = {}): Promise<Match<G>> {
    return this.#options.match<G>(signal);
  }

  /** Marks this player as ready, or as not ready. */
  ready(ready = true): Promise<void> {
    return this.#options.api.ready(this.roomId, ready);
  }

  /** Starts the match. Host only. `bots`: the number of bots in the match. @throws RoomError `too-few` without enough players. */
  start({ bots }: { readonly bots?: number } = {}): Promise<void> {
    return this.#options.api.start(this.roomId, bots);
  }

  /**
   * Puts the players of the room into the queue as a group: all of them get seats in the same match. Host only.
   * `false` ends the search. `match` also waits for that match, whose `rematch` returns to this room.
   *
   * @throws RoomError `group-too-large`; `room-started` if the group has seats already.
   */
  queue(queue = true): Promise<void> {
    return this.#options.api.queue(this.roomId, queue);
  }

  /** Changes these settings of the game; other settings are unchanged. All players become not ready. Host only. */
  settings(values: Readonly<Record<string, number>>): Promise<void> {
    return this.change({ settings: { ...this.#info.settings, ...values } });
  }

  /** Changes the room: its name, the number of seats, its visibility. Host only. @throws RoomError `settings-invalid` */
  change(change: RoomChange): Promise<void> {
    return this.#options.api.change(this.roomId, change);
  }

  /** Removes a player, who cannot rejoin this room. Host only. */
  kick(playerId: string): Promise<void> {
    return this.#options.api.kick(this.roomId, playerId);
  }

  /** Makes another player the host. Host only. */
  host(playerId: string): Promise<void> {
    return this.#options.api.host(this.roomId, playerId);
  }

  /** Leaves the room. The longest seated player becomes the host. */
  leave(): Promise<void> {
    return this.#options.leave();
  }

  /** @internal */
  update(info: GatheringRoom): void {
    this.#info = info;
  }
}
