// The lobby client: the queue, the waiting room, and entering matches.
import type { Api } from "./api.js";
import type { BaseUrl } from "./base-url.js";
import { Emitter } from "./emitter.js";
import type { Disposer } from "./emitter.js";
import { Engine } from "./engine.js";
import type { EngineSources } from "./engine-source.js";
import { ConnectionError, LeftError } from "./errors.js";
import { isUnauthorized } from "./http.js";
import type { Http } from "./http.js";
import { lobbyMessage } from "./lobby-messages.js";
import type { GameAddress, LobbyEvents, LobbyMessage, LobbyState, MatchInfo, Queued, Removed, RoomInfo } from "./lobby-messages.js";
import { Match } from "./match.js";
import type { Score } from "./players.js";
import { REACH_MS, refused } from "./refused.js";
import { Replay } from "./replay.js";
import { ShapeError, parse } from "./shape.js";
import { LobbySocket } from "./socket.js";
import type { WebSocketClass } from "./socket.js";
import type { Arena, GameShape } from "./view.js";
import { Wait } from "./wait.js";

const LOBBY_SUBPROTOCOL = "skirmish.lobby.v1";
/** How long `rejoin` waits for the lobby socket before it enters the match without it. */
const OPENED_MS = 1_000;
/** The default seats of a room, until a message gives the real ones. */
const SEATS = { seatsMin: 3, seatsMax: 5 };

/** Options of `rejoin` and `replay`. */
export interface JoinOptions {
  /** Cancels the call: the promise rejects with the signal's reason. `play` also leaves the queue. */
  readonly signal?: AbortSignal;
}

/** Options of `play`. */
export interface PlayOptions extends JoinOptions {
  /** The pool to join, such as a game mode or a region. Default: `main`. */
  readonly pool?: string;
  /** The preferred colour, `#rrggbb`. If another player in the room has it, the lobby assigns another one. */
  readonly color?: string;
}

export interface LobbyOptions {
  readonly base: BaseUrl;
  readonly http: Http;
  readonly playerId: string | undefined;
  readonly api: Api;
  readonly state: LobbyState;
  readonly WebSocket: WebSocketClass;
  readonly wasm: EngineSources | undefined;
}

/** A player's connection to the lobby: joins the queue, enters matches, and emits events. Created by `connect`. */
export class Lobby {
  /** The player's UUID. Undefined if the token's subject is not a UUID; then only the server knows the player's id. */
  readonly playerId: string | undefined;
  readonly #options: LobbyOptions;
  readonly #api: Api;
  readonly #events = new Emitter<LobbyEvents>();
  readonly #socket: LobbySocket;
  #state: LobbyState;
  #pool = "main";
  #room: RoomInfo | undefined;
  #seq = -1;
  /** The value of `#seq` when the state was last requested. */
  #syncedSeq = -1;
  #match: Match<GameShape> | undefined;
  #waiting = false;

  /** @internal Use `connect`. */
  constructor(options: LobbyOptions) {
    this.#options = options;
    this.#api = options.api;
    this.#state = options.state;
    this.playerId = options.playerId;
    this.#socket = new LobbySocket({
      url: this.#url,
      protocols: () => [LOBBY_SUBPROTOCOL, `bearer.${this.token}`],
      WebSocket: options.WebSocket,
      onText: (data) => this.#handle(data),
      onConnection: (connection) => {
        // The socket requests the state as soon as it opens.
        this.#syncedSeq = this.#seq;
        this.#events.emit("connection", connection);
      },
      isWorthTrying: () => this.#isWorthTrying(),
    });
  }

  /** The player's current token. It changes if `connect` was given a function. */
  get token(): string {
    return this.#options.http.token ?? "";
  }

  /** The player's state, as of the last message or call. */
  get state(): LobbyState {
    return this.#state;
  }

  /** Adds a listener; returns a function that removes it. */
  on<K extends keyof LobbyEvents>(type: K, listener: (event: LobbyEvents[K]) => void): Disposer {
    return this.#events.on(type, listener);
  }

  /**
   * Joins the queue. Resolves when the game server has welcomed the player to a match. `G` is the type of the game's
   * fields; the default is the arena's. The WebAssembly of the pool's game is loaded, and the lobby socket is open, before the player
   * joins the queue.
   *
   * @throws ProblemError if the server refuses: `in-match` if a match is running already (call `rejoin` or `forfeit`),
   * `other-pool`, `unknown-pool`, …
   * @throws LeftError if the lobby removes the player while they wait; `reason` says why.
   * @throws SupersededError if another tab of the same player takes over.
   * @throws ConnectionError if the server cannot be reached, no WebSocket to it opens, or the WebAssembly cannot be loaded.
   * @throws the signal's reason if the signal is aborted.
   */
  async play<G extends GameShape = Arena>({ pool = "main", color, signal }: PlayOptions = {}): Promise<Match<G>> {
    signal?.throwIfAborted();
    if (this.#waiting) throw new Error("play was called while it waits already");
    this.#waiting = true;
    this.#pool = pool;
    this.#room = undefined;
    const wait = new Wait({ events: this.#events, me: () => this.#refresh(), signal });
    try {
      // A client that cannot play must not take a seat, so the engine and the lobby socket come first.
      const engine = await this.#engine(pool, signal);
      await this.#reach(signal);
      const joined = await this.#api.join(color === undefined ? { pool } : { pool, color }, signal);
      if (joined.status !== "queued") this.#sync();
      else if (!this.#room) this.#queued({ pool, position: joined.position ?? 1 });
      return await this.#enter<G>(await wait.matched(), engine, signal);
    } catch (error) {
      // Leaving fails if the match has started already; the caller finds that match with `me`.
      if (signal?.aborted) await this.leave().catch(() => undefined);
      throw error;
    } finally {
      wait.end();
      this.#waiting = false;
    }
  }

  /**
   * Returns to the player's running match.
   *
   * @throws LeftError if there is no running match, or it has ended. Other errors as for `play`.
   */
  async rejoin<G extends GameShape = Arena>({ signal }: JoinOptions = {}): Promise<Match<G>> {
    signal?.throwIfAborted();
    const state = (this.#state = await this.#api.me(signal));
    const info = await this.#matchOf(state);
    if (!info) throw new LeftError(state.reason ?? state.status);
    const engine = await this.#engine(poolOf(info.roomId), signal);
    // The lobby notifies another tab that plays this match first, so that the tab knows why it lost its connection.
    this.#socket.open();
    await this.#socket.opened(OPENED_MS, signal);
    signal?.throwIfAborted();
    return this.#enter<G>(info, engine, signal);
  }

  /** Requests the player's state from the server. A running match comes with a new ticket. */
  async me(): Promise<LobbyState> {
    return (this.#state = await this.#api.me());
  }

  /** Leaves the queue or the waiting room. @throws ProblemError `in-match` if a match is running. */
  leave(): Promise<void> {
    return this.#api.leaveQueue();
  }

  /** Gives up the running match. The player cannot rejoin it. */
  async forfeit(): Promise<void> {
    await this.#api.leaveMatch();
    this.#match?.close();
  }

  /** The best scores of a pool (default: the 10 best of `main`), or the scores of one match. Best first. */
  leaderboard(of: { pool?: string; limit?: number } | { room: string } = {}): Promise<Score[]> {
    if ("room" in of) return this.#api.leaderboard(of);
    return this.#api.leaderboard({ pool: of.pool ?? "main", limit: of.limit ?? 10 });
  }

  /**
   * Loads the replay of a finished match. Only its players can load it, for as long as the server keeps it.
   *
   * @throws ProblemError `not-member` if the player was not in the match, or `unknown-room` if there is no replay.
   * @throws ReplayError if this version of the SDK cannot play it.
   */
  async replay<G extends GameShape = Arena>(roomId: string, { signal }: JoinOptions = {}): Promise<Replay<G>> {
    const bytes = await this.#api.replay(roomId, signal);
    return Replay.open<G>(bytes, { wasm: this.#options.wasm, ...(signal && { signal }) });
  }

  /** Closes the sockets. The player keeps their place until the lobby's idle timeout. */
  close(): void {
    this.#match?.close();
    this.#socket.close("closed");
  }

  #handle(data: unknown): void {
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

  #take(message: LobbyMessage): void {
    switch (message.type) {
      case "queued":
        return this.#queued(message.body);
      case "room":
        return this.#seated(message.body);
      case "countdown":
        return this.#events.emit("countdown", message.body);
      case "match":
        this.#state = { ...NOWHERE, status: "playing", room: message.body.roomId, game: message.body.game };
        this.#lead(message.body.roomId, message.body.game);
        return this.#events.emit("match", message.body);
      case "requeued":
        this.#room = undefined;
        return this.#events.emit("requeued", message.body);
      case "removed":
        return this.#removed(message.body);
      case "over":
        if (message.body.roomId === this.#match?.roomId) this.#match.end({ scores: message.body.scores });
        return this.#events.emit("over", message.body);
      case "state":
        // A state has no sequence number: a message received since the request may be newer than the answer.
        return this.#seq === this.#syncedSeq ? this.#restated(message.body) : this.#sync();
    }
  }

  #sync(): void {
    this.#syncedSeq = this.#seq;
    this.#socket.send("sync");
  }

  #queued(queued: Queued): void {
    this.#room = undefined;
    this.#state = { ...NOWHERE, status: "queued", position: queued.position };
    this.#events.emit("queued", queued);
  }

  #seated(room: RoomInfo): void {
    this.#room = room;
    this.#state = { ...NOWHERE, status: "seated", room: room.roomId };
    this.#events.emit("room", room);
  }

  #removed(removed: Removed): void {
    if (removed.reason === "superseded") {
      this.#socket.close("superseded");
      this.#match?.yield();
    } else this.#state = { ...NOWHERE, reason: removed.reason };
    this.#events.emit("removed", removed);
  }

  /** Applies a whole state, and emits the events of the messages that were missed. */
  #restated(state: LobbyState): void {
    this.#state = state;
    if (state.room !== undefined && state.game) this.#lead(state.room, state.game);
    this.#events.emit("state", state);
    if (state.status === "queued" && state.position !== undefined) {
      this.#queued({ pool: this.#pool, position: state.position });
    } else if (state.status === "seated" && state.room !== undefined && state.room !== this.#room?.roomId) {
      void this.#learnRoom(state.room);
    } else if (state.status === "playing" && this.#waiting) {
      void this.#matchOf(state).then((info) => info && this.#events.emit("match", info));
    }
  }

  /** Sends this client's match to a new address. */
  #lead(roomId: string, game: GameAddress): void {
    if (roomId === this.#match?.roomId) this.#match.goTo(game);
  }

  async #learnRoom(roomId: string): Promise<void> {
    const players = await this.#api.roomPlayers(roomId).catch(() => undefined);
    const still = this.#state.status === "seated" && this.#state.room === roomId && this.#room?.roomId !== roomId;
    if (players && still) this.#seated({ pool: this.#pool, roomId, players, ...SEATS });
  }

  async #refresh(): Promise<LobbyState> {
    const seq = this.#seq;
    const state = await this.#api.me();
    if (seq === this.#seq) this.#restated(state);
    return state;
  }

  /** The running match of a state, with its players if they can be loaded. */
  async #matchOf({ status, room, game }: LobbyState): Promise<MatchInfo | undefined> {
    if (status !== "playing" || room === undefined || !game) return undefined;
    const players = await this.#api.roomPlayers(room).catch(() => []);
    return { roomId: room, players, game, moved: false };
  }

  async #enter<G extends GameShape>(info: MatchInfo, engine: Engine, signal?: AbortSignal): Promise<Match<G>> {
    this.#match?.close();
    const { roomId, players, game } = info;
    const match = new Match<G>({
      roomId,
      players,
      engine,
      playerId: this.playerId,
      WebSocket: this.#options.WebSocket,
      socketBase: this.#options.base.ws,
      me: (signal) => this.#api.me(signal),
      finalScores: () => this.#api.leaderboard({ room: roomId }),
    });
    this.#match = match;
    match.goTo(game);
    await match.welcomed(signal);
    return match;
  }

  get #url(): string {
    return `${this.#options.base.ws}/lobby`;
  }

  /** Opens the lobby socket. Throws if it does not open, with the likely reason. */
  async #reach(signal?: AbortSignal): Promise<void> {
    this.#socket.open();
    if (await this.#socket.opened(REACH_MS, signal)) return;
    signal?.throwIfAborted();
    const wasClosed = !this.#socket.isWanted;
    this.#socket.close("closed");
    // An HTTP call fails with a clear error if the server is down or refuses the token.
    await this.#api.me(signal);
    throw wasClosed ? new ConnectionError("the lobby was closed") : refused(this.#url);
  }

  /** Whether to try the socket again. Browsers give no reason for a failure, so an HTTP call checks the token. */
  async #isWorthTrying(): Promise<boolean> {
    try {
      await this.#api.me();
    } catch (error) {
      if (!isUnauthorized(error)) return true;
      this.#events.emit("unauthorized", error);
      return false;
    }
    return true;
  }

  /** The engine of a pool's game. */
  async #engine(pool: string, signal?: AbortSignal): Promise<Engine> {
    return Engine.ofGame(await this.#api.gameOf(pool, signal), this.#options.wasm);
  }
}

/** The pool of a room, which its id begins with: `main.r1`. */
function poolOf(room: string): string {
  return room.split(".")[0] ?? room;
}

/** Whether the message is about this connection; such messages are outside the order of `seq`. */
function isSuperseded(message: LobbyMessage): boolean {
  return message.type === "removed" && message.body.reason === "superseded";
}

const NOWHERE: LobbyState = { status: "out", reason: undefined, position: undefined, room: undefined, game: undefined };
