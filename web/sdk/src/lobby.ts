// The lobby client: the queue, the waiting room, and entering matches.
import type { Api, PlayerChange, PlayerReport, ReplayLink } from "./api.js";
import { Emitter } from "./emitter.js";
import type { Disposer } from "./emitter.js";
import { Engine } from "./engine.js";
import { LeftError } from "./errors.js";
import { renewGuest } from "./guest-token.js";
import type { GameAddress, LobbyEvents, LobbyState, MatchInfo } from "./lobby-messages.js";
import type { CreateRoomOptions, EnterOptions, JoinOptions, LobbyOptions, PlayOptions, WatchAnyOptions } from "./lobby-options.js";
import { Match } from "./match.js";
import { Place, poolOf } from "./place.js";
import type { Score } from "./players.js";
import { isWorthTrying, reach } from "./reach.js";
import { Replay } from "./replay.js";
import { Room } from "./room.js";
import type { GatheringRoom, RoomPreview } from "./room-info.js";
import type { RoomListOptions, RoomPage, RoomSearch } from "./room-list.js";
import { RoomWatch } from "./room-watch.js";
import type { RoomsListener } from "./room-watch.js";
import { RoomsApi } from "./rooms-api.js";
import { LobbySocket } from "./socket.js";
import type { Arena, GameShape } from "./view.js";
import { Wait } from "./wait.js";
import type { Watch } from "./watch.js";
import { openAnyWatch, openWatch } from "./watch-open.js";
import type { WatchOptions } from "./watch-open.js";

const LOBBY_SUBPROTOCOL = "skirmish.lobby.v1";
/** How long `rejoin` waits for the lobby socket before it enters the match without it. */
const OPENED_MS = 1_000;

/** A player's connection to the lobby: joins the queue, enters matches, and emits events. Created by `connect`. */
export class Lobby {
  /** The player's UUID. Undefined if the token's subject is not a UUID; then only the server knows the player's id. */
  readonly playerId: string | undefined;
  readonly #options: LobbyOptions;
  readonly #api: Api;
  readonly #rooms: RoomsApi;
  readonly #events = new Emitter<LobbyEvents>();
  readonly #socket: LobbySocket;
  readonly #place: Place;
  #match: Match<GameShape> | undefined;
  #watch: RoomWatch | undefined;
  #waiting = false;

  /** @internal Use `connect`. */
  constructor(options: LobbyOptions) {
    this.#options = options;
    this.#api = options.api;
    this.#rooms = new RoomsApi(options.http, options.latencies);
    this.playerId = options.playerId;
    this.#socket = new LobbySocket({
      url: this.#url,
      protocols: () => [LOBBY_SUBPROTOCOL, `bearer.${this.token}`],
      WebSocket: options.WebSocket,
      onText: (data) => this.#place.receive(data),
      onConnection: (connection) => {
        // The socket requests the state as soon as it opens.
        this.#place.opened();
        if (connection === "open") this.#watch?.begin();
        this.#events.emit("connection", connection);
      },
      isWorthTrying: () => isWorthTrying(options.api, (error) => this.#events.emit("unauthorized", error)),
    });
    this.#place = new Place({
      api: options.api,
      events: this.#events,
      state: options.state,
      requestState: () => this.#socket.send("sync"),
      makeRoom: (info) => this.#roomOf(info),
      onGame: (roomId, game) => this.#lead(roomId, game),
      onPlaying: (state) => {
        if (this.#waiting) void this.#matchOf(state).then((info) => info && this.#events.emit("match", info));
      },
      onOver: ({ roomId, scores }) => {
        if (roomId === this.#match?.roomId) this.#match.end({ scores });
      },
      onRooms: (changes) => this.#watch?.apply(changes),
      onSuperseded: () => {
        this.#socket.close("superseded");
        this.#match?.yield();
      },
    });
  }

  /** The player's current token. It changes if `connect` was given a function, and for guests; the event `token` says so. */
  get token(): string {
    return this.#options.http.token ?? "";
  }

  /** The player's state, as of the last message or call. */
  get state(): LobbyState {
    return this.#place.state;
  }

  /** The room that the player is in, if a player made it and its match has not started. */
  get room(): Room | undefined {
    return this.#place.gathering;
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
  play<G extends GameShape = Arena>({ pool = "main", color, signal }: PlayOptions = {}): Promise<Match<G>> {
    return this.#awaitMatch<G>(pool, signal, async () => {
      this.#place.joins(pool);
      const joined = await this.#api.join(color === undefined ? { pool } : { pool, color }, signal);
      if (joined.status !== "queued") this.#place.sync();
      else if (!this.#place.room) this.#place.queued({ pool, position: joined.position ?? 1 });
    });
  }

  /**
   * Creates a room, with this player in it as its host. Others join it by its code. Default: a private room for the game of the
   * pool `main`, with the pool's seats and settings.
   *
   * @throws RoomError `settings-invalid`; `queued` if the player waits elsewhere and `leave` is not set.
   * @throws ProblemError, ConnectionError as for `play`.
   */
  createRoom({ pool = "main", signal, ...room }: CreateRoomOptions = {}): Promise<Room> {
    return this.#takeSeat(signal, async () => {
      await this.#engine(pool, signal);
      return () => this.#rooms.create({ pool, ...room }, signal);
    });
  }

  /**
   * Joins a room by its code. Case, spaces and dashes in the code do not matter. Also works for a player who is already in the room.
   *
   * @throws RoomError `code-unknown`, `room-full`, `room-started`, `kicked`; `queued` if the player waits elsewhere and `leave`
   * is not set.
   * @throws ProblemError, ConnectionError as for `play`.
   */
  joinRoom(code: string, { signal, ...entry }: EnterOptions = {}): Promise<Room> {
    return this.#takeSeat(signal, async () => {
      const { game } = await this.#rooms.lookUp(code, signal);
      await Engine.ofGame(game, this.#options.wasm);
      return () => this.#rooms.join(code, entry, signal);
    });
  }

  /**
   * Returns to the room that a player made, such as after a reload of the page. Undefined if this player is in none.
   *
   * @throws ProblemError, ConnectionError as for `play`.
   */
  async returnToRoom({ signal }: JoinOptions = {}): Promise<Room | undefined> {
    signal?.throwIfAborted();
    await this.#reach(signal);
    const { status, room } = await this.#place.ask(signal);
    return status === "seated" && room !== undefined ? this.#place.enter(room) : undefined;
  }

  /** Returns the room that has this code, without joining it. @throws RoomError `code-unknown` */
  lookUpRoom(code: string, { signal }: JoinOptions = {}): Promise<RoomPreview> {
    return this.#rooms.lookUp(code, signal);
  }

  /**
   * Returns a page of the listed rooms of a pool: waiting rooms whose hosts list them. `joinRoom(room.code)` joins one.
   *
   * @throws ProblemError `bad-request` for an invalid search; its `detail` names the mistake.
   */
  rooms(options: RoomListOptions = {}): Promise<RoomPage> {
    return this.#rooms.list(options);
  }

  /**
   * Watches the listed rooms of a pool: `listener` gets the first 50 rooms of the search, and gets them again after each change, at
   * most twice a second. `where` alone searches the pool `main`. Returns a function that ends it; another call ends it, too. If the
   * server has too many watchers, or no lobby socket opens, the SDK asks for the list every 5 s.
   */
  watchRooms(search: string | RoomSearch, listener: RoomsListener): Disposer {
    this.#watch?.end();
    const conditions = typeof search === "string" ? { where: search } : search;
    const watch = new RoomWatch(conditions, listener, this.#socket, this.#rooms);
    this.#watch = watch;
    this.#socket.open();
    watch.begin();
    return () => {
      if (this.#watch !== watch) return;
      watch.end();
      this.#watch = undefined;
      this.#socket.send("watch_rooms", { where: null });
    };
  }

  /**
   * Returns to the player's running match.
   *
   * @throws LeftError if there is no running match, or it has ended. Other errors as for `play`.
   */
  async rejoin<G extends GameShape = Arena>({ signal }: JoinOptions = {}): Promise<Match<G>> {
    signal?.throwIfAborted();
    const state = await this.#place.ask(signal);
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
  me(): Promise<LobbyState> {
    return this.#place.ask();
  }

  /**
   * Changes the player's public data, immediately in the queue and in a waiting room. It does not change a running match. A guest
   * stays the same player, with a new token (`token`, and the event of that name).
   *
   * @throws ProblemError `bad-request`; `name-fixed` if the token is not a guest's and `name` or `game` is given.
   */
  async change(player: PlayerChange): Promise<void> {
    const token = await this.#api.updateMe(player);
    if (token !== undefined) this.#renewed(token);
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

  /** Reports another player of a match to the operators. @throws ProblemError `not-playing`, `not-member`, `unknown-player`, `too-many-requests`. */
  report(report: PlayerReport): Promise<void> {
    return this.#api.report(report);
  }

  /** The best scores of a pool (default: the 10 best of `main`), or the scores of one match. Best first. */
  leaderboard(of: { pool?: string; limit?: number } | { room: string } = {}): Promise<Score[]> {
    if ("room" in of) return this.#api.leaderboard(of);
    return this.#api.leaderboard({ pool: of.pool ?? "main", limit: of.limit ?? 10 });
  }

  /**
   * Loads the replay of a finished match. Only its players can load it, for as long as the server keeps it. Others need a link: see
   * `shareReplay`.
   *
   * @throws ProblemError `not-member` if the player was not in the match, or `unknown-room` if there is no replay.
   * @throws ReplayError if this version of the SDK cannot play it.
   */
  async replay<G extends GameShape = Arena>(roomId: string, { signal }: JoinOptions = {}): Promise<Replay<G>> {
    const bytes = await this.#api.replay(roomId, signal);
    return Replay.open<G>(bytes, { wasm: this.#options.wasm, ...(signal && { signal }) });
  }

  /**
   * Makes the token of a link, with which anybody can load the replay of a match of this player (`sharedReplay`) until it expires.
   *
   * @throws ProblemError `not-member`, `unknown-room` as for `replay`, or `links-disabled` if the server cannot sign tokens.
   */
  shareReplay(roomId: string, { signal }: JoinOptions = {}): Promise<ReplayLink> {
    return this.#api.shareReplay(roomId, signal);
  }

  /**
   * Watches a running match, by the id of its room or by its code. Resolves when the first picture can be shown. The player keeps
   * their own place in the lobby. `lobby.close` does not end it: `watch.close` does.
   *
   * @throws RoomError `not-started`, `code-unknown`, `kicked`, or `unknown-room` if the match is over or may not be watched.
   * @throws LeftError if the match ends before the first picture. ReplayError, ConnectionError as for `replay` and `play`.
   */
  watch<G extends GameShape = Arena>(roomIdOrCode: string, { signal }: JoinOptions = {}): Promise<Watch<G>> {
    return openWatch<G>(roomIdOrCode, this.#watchOptions(signal));
  }

  /**
   * Watches a running match of a pool, picked at random: for a player who waits for a match of their own. Otherwise like `watch`.
   *
   * @throws RoomError also `no-match`: there is none that every player may watch.
   */
  watchAny<G extends GameShape = Arena>({ pool, signal }: WatchAnyOptions = {}): Promise<Watch<G>> {
    return openAnyWatch<G>(pool, this.#watchOptions(signal));
  }

  #watchOptions(signal: AbortSignal | undefined): WatchOptions {
    const { WebSocket, base, wasm } = this.#options;
    return { rooms: this.#rooms, WebSocket, socketBase: base.ws, wasm, signal };
  }

  /** Closes the sockets. The player keeps their place until the lobby's idle timeout. */
  close(): void {
    this.#watch?.end();
    this.#match?.close();
    this.#socket.close("closed");
  }

  #roomOf(info: GatheringRoom): Room {
    return new Room(info, {
      api: this.#rooms,
      base: this.#options.base.http,
      playerId: this.playerId,
      // The match may have started before this call.
      match: <G extends GameShape>(signal?: AbortSignal) => this.#awaitMatch<G>(info.pool, signal, async () => this.#place.sync()),
      leave: () => this.leave(),
    });
  }

  /** Connects this client's match to a new address. */
  #lead(roomId: string, game: GameAddress): void {
    if (roomId === this.#match?.roomId) this.#match.goTo(game);
  }

  /** The running match of a state, with its players if they can be loaded. */
  async #matchOf({ status, room, game }: LobbyState): Promise<MatchInfo | undefined> {
    if (status !== "playing" || room === undefined || !game) return undefined;
    const players = await this.#api.roomPlayers(room).catch(() => []);
    return { roomId: room, players, game, moved: false };
  }

  /**
   * Waits for a match and enters it. `join` may take a seat. A client that cannot play must not take one, so the engine and
   * the lobby socket come first.
   */
  async #awaitMatch<G extends GameShape>(pool: string, signal: AbortSignal | undefined, join: () => Promise<void>): Promise<Match<G>> {
    signal?.throwIfAborted();
    if (this.#waiting) throw new Error("the lobby waits for a match already");
    this.#waiting = true;
    const wait = new Wait({ events: this.#events, me: () => this.#place.refresh(), signal });
    try {
      const engine = await this.#engine(pool, signal);
      await this.#reach(signal);
      await join();
      return await this.#enter<G>(await wait.matched(), engine, signal);
    } catch (error) {
      await this.#leaveIfAborted(signal);
      throw error;
    } finally {
      wait.end();
      this.#waiting = false;
    }
  }

  /** Takes a seat in a room that a player made. `prepare` loads the engine and returns the call; the socket also opens before it. */
  async #takeSeat(signal: AbortSignal | undefined, prepare: () => Promise<() => Promise<string>>): Promise<Room> {
    signal?.throwIfAborted();
    try {
      const enter = await prepare();
      await this.#reach(signal);
      const room = await this.#place.enter(await enter());
      signal?.throwIfAborted();
      if (!room) throw new LeftError("room-started");
      return room;
    } catch (error) {
      await this.#leaveIfAborted(signal);
      throw error;
    }
  }

  /** Leaving fails if the match has started already; the caller finds that match with `me`. */
  async #leaveIfAborted(signal: AbortSignal | undefined): Promise<void> {
    if (signal?.aborted) await this.leave().catch(() => undefined);
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
      transport: this.#options.transport,
      socketBase: this.#options.base.ws,
      me: (signal) => this.#api.me(signal),
      finalScores: () => this.#api.leaderboard({ room: roomId }),
      rematch: (options) => this.#rematch(roomId, options),
    });
    this.#match = match;
    match.goTo(game);
    await match.welcomed(signal);
    return match;
  }

  #rematch(roomId: string, { signal, ...entry }: EnterOptions): Promise<Room> {
    return this.#takeSeat(signal, async () => () => this.#rooms.rematch(roomId, entry, signal));
  }

  #renewed(token: string): void {
    this.#options.http.token = token;
    this.#events.emit("token", token);
  }

  get #url(): string {
    return `${this.#options.base.ws}/lobby`;
  }

  /** Opens the lobby socket. Throws if it does not open, with the likely reason. */
  async #reach(signal?: AbortSignal): Promise<void> {
    if (await renewGuest(this.#options.http, this.#api, signal)) this.#renewed(this.token);
    await reach(this.#socket, this.#url, this.#api, signal);
  }

  /** The engine of a pool's game. */
  async #engine(pool: string, signal?: AbortSignal): Promise<Engine> {
    const game = await this.#api.gameOf(pool, signal);
    return Engine.ofGame(game, this.#options.wasm);
  }
}
