// The lobby: joining, waiting, being seated, and the way into matches.
import type { Api } from "./api.js";
import type { BaseUrl } from "./base-url.js";
import { Emitter } from "./emitter.js";
import type { Disposer } from "./emitter.js";
import { Engine } from "./engine.js";
import type { EngineSource } from "./engine-source.js";
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
/** So long the way back into a match waits for the lobby's socket. */
const OPENED_MS = 1_000;
/** What a room takes, until a message says it. */
const SEATS = { seatsMin: 3, seatsMax: 5 };

/** How to go into a match that runs. */
export interface JoinOptions {
  /** Ends the wait: leaves the queue, and the promise rejects with the signal's reason. */
  readonly signal?: AbortSignal;
}

/** Which match is wanted. */
export interface PlayOptions extends JoinOptions {
  /** Game mode and region; `main` where there is only one. */
  readonly pool?: string;
  /** `#rrggbb`, a wish: colours are distinct in a room. */
  readonly color?: string;
}

export interface LobbyOptions {
  readonly base: BaseUrl;
  readonly http: Http;
  readonly playerId: string | undefined;
  readonly api: Api;
  readonly state: LobbyState;
  readonly WebSocket: WebSocketClass;
  readonly wasm: EngineSource;
}

/** A player's place in the lobby: the way into matches, and what is told meanwhile. `connect` makes it. */
export class Lobby {
  /** Undefined where the token's subject is not a UUID: only the server knows the player then. */
  readonly playerId: string | undefined;
  readonly #options: LobbyOptions;
  readonly #api: Api;
  readonly #events = new Emitter<LobbyEvents>();
  readonly #socket: LobbySocket;
  #state: LobbyState;
  #pool = "main";
  #room: RoomInfo | undefined;
  #seq = -1;
  /** The newest push when the state was last asked for. */
  #syncedSeq = -1;
  #match: Match<GameShape> | undefined;
  #waiting = false;

  /** Made by `connect`. */
  constructor(options: LobbyOptions) {
    this.#options = options;
    this.#api = options.api;
    this.#state = options.state;
    this.playerId = options.playerId;
    this.#socket = new LobbySocket({
      url: this.#url,
      protocols: () => [LOBBY_SUBPROTOCOL, `bearer.${this.token}`],
      WebSocket: options.WebSocket,
      onText: (data) => this.#hear(data),
      onConnection: (connection) => {
        // The socket asks for the state as soon as it is open.
        this.#syncedSeq = this.#seq;
        this.#events.emit("connection", connection);
      },
      isWorthTrying: () => this.#isWorthTrying(),
    });
  }

  /** The player's token: the newest one, where `connect` was given a function. */
  get token(): string {
    return this.#options.http.token ?? "";
  }

  /** Where the player stands, as far as was told. */
  get state(): LobbyState {
    return this.#state;
  }

  /** Listens; the function returned stops that. */
  on<K extends keyof LobbyEvents>(type: K, listener: (event: LobbyEvents[K]) => void): Disposer {
    return this.#events.on(type, listener);
  }

  /**
   * Joins the queue; resolves when the player is in a match and welcomed by its server. `G` is the game's numbers as
   * types; the arena's where nothing is said. No seat is taken before the engine and the lobby's socket are there.
   *
   * @throws ProblemError `in-match` where one runs already (then `rejoin`, or `forfeit`), `other-pool`, `unknown-pool`, …
   * @throws LeftError where the player was put out while waiting, with the reason.
   * @throws SupersededError where another tab of the same player took over.
   * @throws ConnectionError where the server cannot be reached, or no WebSocket to it opens. The signal's reason once that
   * is aborted.
   */
  async play<G extends GameShape = Arena>({ pool = "main", color, signal }: PlayOptions = {}): Promise<Match<G>> {
    signal?.throwIfAborted();
    if (this.#waiting) throw new Error("play was called while it waits already");
    this.#waiting = true;
    this.#pool = pool;
    this.#room = undefined;
    const wait = new Wait({ events: this.#events, me: () => this.#refresh(), signal });
    try {
      // Whoever cannot play takes no seat: the engine and the lobby's socket come first.
      const engine = await this.#engine();
      await this.#reach(signal);
      const joined = await this.#api.join(color === undefined ? { pool } : { pool, color }, signal);
      if (joined.status !== "queued") this.#sync();
      else if (!this.#room) this.#queued({ pool, position: joined.position ?? 1 });
      return await this.#enter<G>(await wait.matched(), engine, signal);
    } catch (error) {
      // Where it is too late to leave, the match has begun; whoever aborts learns that from `me`.
      if (signal?.aborted) await this.leave().catch(() => undefined);
      throw error;
    } finally {
      wait.end();
      this.#waiting = false;
    }
  }

  /**
   * Returns to the match that runs.
   *
   * @throws LeftError where none does, or it ended meanwhile. Otherwise as `play`.
   */
  async rejoin<G extends GameShape = Arena>({ signal }: JoinOptions = {}): Promise<Match<G>> {
    signal?.throwIfAborted();
    const state = (this.#state = await this.#api.me(signal));
    const [info, engine] = [await this.#matchOf(state), await this.#engine()];
    if (!info) throw new LeftError(state.reason ?? state.status);
    // Another tab that plays this match is told by the lobby first: then it knows who took its connection.
    this.#socket.open();
    await this.#socket.opened(OPENED_MS, signal);
    signal?.throwIfAborted();
    return this.#enter<G>(info, engine, signal);
  }

  /** The player's true state, asked for; a running match comes with a fresh ticket. */
  async me(): Promise<LobbyState> {
    return (this.#state = await this.#api.me());
  }

  /** Leaves the queue or the waiting room. @throws ProblemError `in-match` where a match runs. */
  leave(): Promise<void> {
    return this.#api.leaveQueue();
  }

  /** Gives up the running match for good. */
  async forfeit(): Promise<void> {
    await this.#api.leaveMatch();
    this.#match?.close();
  }

  /** The best of a pool, or of one match. */
  leaderboard(of: { pool?: string; limit?: number } | { room: string } = {}): Promise<Score[]> {
    if ("room" in of) return this.#api.leaderboard(of);
    return this.#api.leaderboard({ pool: of.pool ?? "main", limit: of.limit ?? 10 });
  }

  /**
   * A finished match, to be watched; for those who played it, for as long as the server keeps it.
   *
   * @throws ProblemError `not-member`, or `unknown-room` where it is not there, not yet or not any more.
   * @throws ReplayError where this version cannot play it.
   */
  async replay<G extends GameShape = Arena>(roomId: string, { signal }: JoinOptions = {}): Promise<Replay<G>> {
    const bytes = await this.#api.replay(roomId, signal);
    return Replay.open<G>(bytes, { wasm: this.#options.wasm, ...(signal && { signal }) });
  }

  /** Closes the sockets. The player keeps their place until the lobby's patience with the silent ends. */
  close(): void {
    this.#match?.close();
    this.#socket.close("closed");
  }

  #hear(data: unknown): void {
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
        // It has no place among the pushes: one that came since the question may be newer than the answer.
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

  /** The whole state at once: whatever it brings that no message told is told now. */
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

  /** Somebody said where a match is; the own one goes there, unless it knows already. */
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

  /** The running match of a state, with its players' names where they can be had. */
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

  /** Opens the lobby's socket. @throws where it does not open, with the reason as far as it can be known. */
  async #reach(signal?: AbortSignal): Promise<void> {
    this.#socket.open();
    if (await this.#socket.opened(REACH_MS, signal)) return;
    signal?.throwIfAborted();
    const wasClosed = !this.#socket.isWanted;
    this.#socket.close("closed");
    // Over HTTP a server that is away, and one that does not take the token, say so.
    await this.#api.me(signal);
    throw wasClosed ? new ConnectionError("the lobby was closed") : refused(this.#url);
  }

  /** The socket does not open, for which browsers tell no reason: whether it is one that passes. */
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

  #engine(): Promise<Engine> {
    return Engine.of(this.#options.wasm);
  }
}

/** A word to this connection, not one of the player's news in their order. */
function isSuperseded(message: LobbyMessage): boolean {
  return message.type === "removed" && message.body.reason === "superseded";
}

const NOWHERE: LobbyState = { status: "out", reason: undefined, position: undefined, room: undefined, game: undefined };
