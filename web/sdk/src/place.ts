// The player's place in the lobby: in the queue, in a room or in a match, according to the messages of the lobby socket.
import type { Api } from "./api.js";
import type { Emitter } from "./emitter.js";
import { lobbyMessage } from "./lobby-messages.js";
import type { GameAddress, LobbyEvents, LobbyMessage, LobbyState, MatchOver, Queued, Removed } from "./lobby-messages.js";
import type { Room } from "./room.js";
import type { GatheringRoom, RoomInfo } from "./room-info.js";
import type { RoomChanges } from "./room-watch.js";
import { ShapeError, parse } from "./shape.js";

export interface PlaceOptions {
  readonly api: Api;
  readonly events: Emitter<LobbyEvents>;
  readonly state: LobbyState;
  /** Requests the state on the lobby socket. */
  readonly requestState: () => void;
  readonly makeRoom: (info: GatheringRoom) => Room;
  /** The match of this room runs at this address. */
  readonly onGame: (roomId: string, game: GameAddress) => void;
  /** A complete state has the status `playing`. */
  readonly onPlaying: (state: LobbyState) => void;
  readonly onOver: (over: MatchOver) => void;
  /** The list of rooms that is watched changed. */
  readonly onRooms: (changes: RoomChanges) => void;
  /** Another tab of this player took over. */
  readonly onSuperseded: () => void;
}

export class Place {
  readonly #options: PlaceOptions;
  #state: LobbyState;
  /** The pool of the queue that the player joined. */
  #pool = "main";
  #room: RoomInfo | undefined;
  /** The last room that a player made; kept after the player left it. */
  #gathering: Room | undefined;
  #seq = -1;
  /** The value of `#seq` when the state was last requested. */
  #syncedSeq = -1;

  constructor(options: PlaceOptions) {
    this.#options = options;
    this.#state = options.state;
  }

  get state(): LobbyState {
    return this.#state;
  }

  /** The waiting room of the queue, or one that a player made. */
  get room(): RoomInfo | undefined {
    return this.#room;
  }

  /** The waiting room, if a player made it. */
  get gathering(): Room | undefined {
    return this.#room?.state === "gathering" ? this.#gathering : undefined;
  }

  /** Handles a text of the lobby socket. */
  receive(data: unknown): void {
    let message: LobbyMessage;
    try {
      message = lobbyMessage(parse(data), performance.now());
    } catch (error) {
      if (error instanceof ShapeError) return;
      throw error;
    }
    if ("seq" in message && !isSuperseded(message)) {
      if (message.seq <= this.#seq) return;
      this.#seq = message.seq;
    }
    this.#take(message);
  }

  /** The lobby socket opened, and requests the state. */
  opened(): void {
    this.#syncedSeq = this.#seq;
  }

  /** Requests the complete state. */
  sync(): void {
    this.#syncedSeq = this.#seq;
    this.#options.requestState();
  }

  /** The player is about to join the queue of this pool. */
  joins(pool: string): void {
    this.#pool = pool;
    this.#setRoom(undefined);
  }

  queued(queued: Queued): void {
    this.#setRoom(undefined);
    this.#state = { ...NOWHERE, status: "queued", position: queued.position };
    this.#options.events.emit("queued", queued);
  }

  /** The state from a request of `GET /lobby/me`. */
  async ask(signal?: AbortSignal): Promise<LobbyState> {
    return (this.#state = await this.#options.api.me(signal));
  }

  /** Like `ask`, and emits the events of missed messages. */
  async refresh(): Promise<LobbyState> {
    const seq = this.#seq;
    const state = await this.#options.api.me();
    if (seq === this.#seq) this.#restated(state);
    return state;
  }

  /**
   * The player took a seat in a room that a player made. Requests the room if its message has not arrived. Undefined if its
   * match has started since.
   */
  async enter(roomId: string): Promise<Room | undefined> {
    const entered = () => (this.gathering?.roomId === roomId ? this.gathering : undefined);
    if (entered()) return entered();
    const room = await this.#options.api.room(roomId);
    if (room.state === "gathering" && !entered()) this.#seated(room);
    return entered();
  }

  #take(message: LobbyMessage): void {
    const { events, onGame, onOver, onRooms } = this.#options;
    switch (message.type) {
      case "queued":
        return this.queued(message.body);
      case "room":
        return this.#seated(message.body);
      case "countdown":
        return events.emit("countdown", message.body);
      case "match":
        this.#setRoom(undefined);
        this.#state = { ...NOWHERE, status: "playing", room: message.body.roomId, game: message.body.game };
        onGame(message.body.roomId, message.body.game);
        return events.emit("match", message.body);
      case "requeued":
        this.#setRoom(undefined);
        return events.emit("requeued", message.body);
      case "removed":
        return this.#removed(message.body);
      case "over":
        onOver(message.body);
        return events.emit("over", message.body);
      case "rooms":
        return onRooms(message.body);
      case "state":
        // A state has no sequence number: a message received since the request may be newer than the answer.
        return this.#seq === this.#syncedSeq ? this.#restated(message.body) : this.sync();
    }
  }

  #seated(room: RoomInfo): void {
    this.#setRoom(room);
    this.#state = { ...NOWHERE, status: "seated", room: room.roomId };
    this.#options.events.emit("room", room);
  }

  #removed(removed: Removed): void {
    if (removed.reason === "superseded") this.#options.onSuperseded();
    else {
      this.#setRoom(undefined);
      this.#state = { ...NOWHERE, reason: removed.reason };
    }
    this.#options.events.emit("removed", removed);
  }

  #setRoom(room: RoomInfo | undefined): void {
    this.#room = room;
    if (room?.state !== "gathering") return;
    if (room.roomId === this.#gathering?.roomId) this.#gathering.update(room);
    else this.#gathering = this.#options.makeRoom(room);
  }

  /** Applies a complete state, and emits the events of missed messages. */
  #restated(state: LobbyState): void {
    this.#state = state;
    if (state.status !== "seated") this.#setRoom(undefined);
    if (state.room !== undefined && state.game) this.#options.onGame(state.room, state.game);
    this.#options.events.emit("state", state);
    if (state.status === "queued" && state.position !== undefined) {
      this.queued({ pool: this.#pool, position: state.position });
    } else if (state.status === "seated" && state.room !== undefined) {
      void this.#learnRoom(state.room).catch(() => undefined);
    } else if (state.status === "playing") this.#options.onPlaying(state);
  }

  /** Requests the room that the player is in, unless it is known. The known data of a room that a player made may be outdated. */
  async #learnRoom(roomId: string): Promise<void> {
    const known = this.#room;
    if (known?.roomId === roomId && known.state === "open") return;
    const room = await this.#options.api.room(roomId);
    // A message may have arrived since.
    const still = this.#room === known && this.#state.status === "seated" && this.#state.room === roomId;
    if (still) this.#seated(room);
  }
}

/** The pool of a room, which its id begins with: `main.r1`. */
export function poolOf(room: string): string {
  return room.split(".")[0] ?? room;
}

/** Whether the message is about this connection; such messages are outside the order of `seq`. */
function isSuperseded(message: LobbyMessage): boolean {
  return message.type === "removed" && message.body.reason === "superseded";
}

const NOWHERE: LobbyState = { status: "out", reason: undefined, position: undefined, room: undefined, game: undefined };
