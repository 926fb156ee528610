// A match from a player's point of view: inputs, views, events and messages.
import { Commands } from "./commands.js";
import type { Applied } from "./commands.js";
import type { CommandKind, InputField } from "./description.js";
import { Emitter } from "./emitter.js";
import type { Disposer } from "./emitter.js";
import { EngineError } from "./engine.js";
import type { Engine } from "./engine.js";
import { LeftError, SupersededError } from "./errors.js";
import { GameLink } from "./game-link.js";
import type { Outage } from "./game-link.js";
import type { GameMessage, JoinedSeat, Over, Said, Welcome } from "./game-messages.js";
import { inputNumbers } from "./input.js";
import type { GameAddress } from "./lobby-messages.js";
import type { EnterOptions } from "./lobby-options.js";
import { OWN_EVENTS } from "./match-events.js";
import type { MatchEvents } from "./match-events.js";
import type { MatchOptions, MatchStats } from "./match-options.js";
import { Outbox } from "./outbox.js";
import type { Delivery } from "./outbox.js";
import type { PlayerInfo } from "./players.js";
import { refused } from "./refused.js";
import type { Room } from "./room.js";
import { Scenes } from "./scene.js";
import type { Connection } from "./socket.js";
import type { Arena, CommandArgs, CommandName, GameInput, GameShape, MatchView } from "./view.js";

/** The interval at which pending input is sent: several times per tick, independent of the frame rate. */
const SEND_EVERY_MS = 5;
/** A running match that is silent for this long may have moved to another server. */
const SILENT_MS = 1_000;
/** The same after a move: the new server waits for the players to reconnect. */
const RESUMING_MS = 2_000;
/** The same before the start: the match waits for its players. */
const PATIENT_MS = 8_000;
/** The same for a match that steps only when a player acts. It sends a snapshot each 5 s or more often. */
const WAITING_MS = 12_000;

/** A match of this player: sends inputs, returns views to draw, and emits events. `G` is the type of the game's fields. */
export class Match<G extends GameShape = Arena> {
  readonly roomId: string;
  readonly #options: MatchOptions;
  readonly #events = new Emitter<MatchEvents>();
  readonly #customMessages = new Emitter<Record<string, Said>>();
  readonly #engine: Engine;
  readonly #link: GameLink;
  readonly #outbox: Outbox;
  readonly #commands: Commands;
  readonly #names: Map<string, PlayerInfo>;
  #playerId: string | undefined;
  #welcome: Welcome | undefined;
  #scenes: Scenes<G> | undefined;
  #commandKinds: readonly CommandKind[] = [];
  #inputFields: readonly InputField[] | undefined;
  #connection: Connection = "reconnecting";
  #sending: ReturnType<typeof setInterval> | undefined;
  /** True once the match has started: the engine had input to send. */
  #running = false;
  /** The time of the last snapshot, and whether the connection has been interrupted since. */
  #seenAt = performance.now();
  #missed = false;
  #over = false;
  #closed = false;
  /** The game server's address, if no connection to it opened. */
  #refusedBy: string | undefined;

  /** @internal Use `Lobby.play` or `Lobby.rejoin`. */
  constructor(options: MatchOptions) {
    this.#options = options;
    this.#engine = options.engine;
    this.roomId = options.roomId;
    this.#playerId = options.playerId;
    this.#names = new Map(options.players.map((player) => [player.playerId, player]));
    this.#link = new GameLink({
      ...options,
      onMessage: (message) => this.#handle(message),
      onFrame: (frame) => this.#take(frame),
      patienceMs: () => this.#patienceMs(),
      onConnection: (connection) => this.#connected(connection),
      onOutage: (outage) => this.#interrupted(outage),
      onMoved: (epoch) => this.#events.emit("moved", { epoch }),
      onGone: (reason) => void this.#gone(reason),
      onRefused: (url) => {
        this.#refusedBy = url;
        this.#finish("refused");
      },
      onDrop: () => {
        this.#outbox.clear();
        this.#commands.drop();
      },
    });
    this.#outbox = new Outbox((text) => this.#link.send(text));
    this.#commands = new Commands((text) => this.#link.send(text));
  }

  /** Adds a listener for an event of the match or, with any other name, for a custom message. Returns its disposer. */
  on<K extends keyof MatchEvents>(type: K, listener: (event: MatchEvents[K]) => void): Disposer;
  on<K extends string>(type: Exclude<K, keyof MatchEvents>, listener: (message: Said) => void): Disposer;
  on(type: string, listener: (event: never) => void): Disposer {
    if (OWN_EVENTS.has(type)) return this.#events.on(type as keyof MatchEvents, listener as () => void);
    return this.#customMessages.on(type, listener as (message: Said) => void);
  }

  /**
   * Sends a custom message to all players in the match, including this one. Messages of one connection arrive in order.
   * The server accepts bursts of 4 and then 4 a second; the SDK queues messages and sends them at that rate.
   *
   * The promise resolves when the server has delivered the message. It rejects with a `MessageError`; an ignored promise is
   * not an unhandled rejection. Returns false if the message is not sent: there is no connection, 32 messages are pending,
   * or the payload is more than 512 bytes of JSON or nested more than 16 levels deep.
   *
   * @throws RangeError if the name is empty, longer than 32 characters, an event of the match, or has control characters.
   */
  emit(name: string, payload?: unknown): Promise<Delivery> | false {
    if (OWN_EVENTS.has(name)) throw new RangeError(`\`${name}\` is an event of the match`);
    return this.#link.isOpen && this.#outbox.put(name, payload);
  }

  /**
   * Sends a one-time request to the game, such as to play a card. The promise resolves with the tick at which the game applied
   * it. It rejects with a `CommandError`, whose `reason` is the game's own if the game refused it; an ignored promise is not
   * an unhandled rejection. Commands are applied in the order of the calls.
   *
   * A reconnect loses no command: the SDK sends it again until it has a result, and the game applies it once. During an outage,
   * commands wait for the connection. At most 32 may be without a result; the SDK sends a burst of 16, then 19 a second.
   *
   * `text` is for commands that the game declares with a text: at most 200 characters.
   *
   * @throws RangeError if the game has no such command or argument, or a value is not an integer; TypeError if an argument is
   * missing or has the wrong type.
   */
  command<N extends CommandName<G>>(name: N, args?: CommandArgs<G, N>, text = ""): Promise<Applied> {
    return this.#commands.put(this.#commandKinds, name, args ?? {}, text);
  }

  /** The game's name. Undefined until the server has welcomed the player. */
  get game(): string | undefined {
    return this.#welcome?.game;
  }

  /** The id of the own player. */
  get playerId(): string | undefined {
    return this.#playerId;
  }

  /** The tick at which this player joined the running match. Undefined if they were there at its start. */
  get joinedAt(): number | undefined {
    return this.#welcome?.joinedAt;
  }

  /** The players of the match, with those who left. */
  get players(): readonly PlayerInfo[] {
    return [...this.#names.values()];
  }

  /** The state of the connection to the game server. */
  get connection(): Connection {
    return this.#connection;
  }

  /** The fields of the game's input. Undefined until the server has welcomed the player. */
  get inputFields(): readonly InputField[] | undefined {
    return this.#inputFields;
  }

  /**
   * Sets the player's input until the next call: all fields that the game declares, by name. The next view shows its effect.
   * A button that is pressed between two ticks is not lost. Before the server has welcomed the player, the call has no effect.
   *
   * @throws TypeError if a field is missing or has the wrong type; RangeError if the game has no such field, or a value is
   * out of range.
   */
  send(input: GameInput<G>): void {
    const fields = this.#inputFields;
    if (this.#closed || !fields) return;
    const numbers = inputNumbers(fields, input);
    this.#call((engine) => engine.setInput(numbers));
  }

  /** Returns what to draw at `now`, ms on the clock of `performance.now()`. Undefined before the first snapshot. */
  view(now: number): MatchView<G> | undefined {
    const [welcome, scenes] = [this.#welcome, this.#scenes];
    if (!welcome || !scenes) return undefined;
    return this.#call((engine) => scenes.view(engine.scene(now), { welcome, connection: this.#connection }));
  }

  /** Statistics of the connection. Undefined until the server has welcomed the player. */
  stats(): MatchStats | undefined {
    const { transport, region } = this.#link;
    return this.#welcome && this.#call((engine) => ({ ...engine.stats(performance.now()), transport, region }));
  }

  /** Closes the connection. The seat is kept for five minutes; `lobby.rejoin()` returns to it. */
  close(): void {
    this.#link.close();
    this.#finish("closed");
  }

  /**
   * After the match: its players gather again in a room. The first player who calls this makes the room and is its host. The
   * others who call it join that room. If a player made the room of the match, the new room has its code and settings. After a match
   * of the queue, the new room is private and has a new code and the pool's settings. @throws RoomError as `joinRoom`
   */
  rematch(options: EnterOptions = {}): Promise<Room> {
    return this.#options.rematch(options);
  }

  /** @internal Connects to a game server: the first one, or the one that runs the match now. */
  goTo(game: GameAddress): void {
    this.#link.moveTo(game);
  }

  /** @internal Another tab of this player connected to the lobby. */
  yield(): void {
    this.#link.yield();
  }

  /** @internal Resolves when the game server has welcomed the player; rejects if the match closes first. */
  welcomed(signal?: AbortSignal): Promise<void> {
    if (this.#welcome) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const settle = (act: () => void) => () => {
        for (const dispose of disposers) dispose();
        signal?.removeEventListener("abort", aborted);
        act();
      };
      const aborted = settle(() => {
        this.close();
        reject(signal?.reason);
      });
      const disposers = [
        this.on("connection", (connection) => {
          if (connection === "open") settle(resolve)();
        }),
        this.on("close", ({ reason }) => {
          settle(() => reject(this.#whyClosed(reason)))();
        }),
      ];
      signal?.addEventListener("abort", aborted);
      if (signal?.aborted) aborted();
    });
  }

  /** @internal Ends the match, by a message of the game server or of the lobby. The first one counts. */
  end(over: Over): void {
    if (this.#over || this.#closed) return;
    this.#over = true;
    this.#events.emit("over", over);
    this.#link.close();
    this.#finish("over");
  }

  #whyClosed(reason: string): Error {
    if (this.#refusedBy !== undefined) return refused(this.#refusedBy);
    return reason === "superseded" ? new SupersededError() : new LeftError(reason);
  }

  #handle(message: GameMessage): void {
    switch (message.type) {
      case "welcome":
        return this.#begin(message.body);
      case "joined":
        return this.#joined(message.body);
      case "message":
        return this.#customMessages.emit(message.name, message.body);
      case "message_result":
        return this.#outbox.settle(message.id, message.body);
      case "command_result":
        return this.#commands.settle(message.id, message.body);
      case "over":
        return this.end(message.body);
    }
  }

  #begin(welcome: Welcome): void {
    this.#running = false;
    this.#welcome = welcome;
    this.#playerId = welcome.playerId;
    let seats = 0n;
    welcome.seats.forEach((player, seat) => {
      if (player) this.#names.set(player.playerId, player);
      seats |= player ? 1n << BigInt(seat) : 0n;
    });
    // A newer epoch may go back in time, so the engine discards all later ticks.
    this.#call(
      (engine) => {
        const description = engine.describe(welcome.game);
        engine.begin(performance.now(), { ...welcome, seats, transport: this.#link.transport }, description.settings);
        this.#scenes = new Scenes(description);
        this.#commandKinds = description.commands;
        this.#inputFields = description.input;
      },
      () => this.#giveUp("unknown_game"),
    );
    if (this.#closed) return;
    this.#sending ??= setInterval(() => this.#transmit(), SEND_EVERY_MS);
    this.#commands.open(welcome.tick);
  }

  /** A seat that a player left may get another player. */
  #joined({ seat, player }: JoinedSeat): void {
    if (!this.#welcome) return;
    const seats = [...this.#welcome.seats];
    seats[seat] = player;
    this.#welcome = { ...this.#welcome, seats };
    this.#names.set(player.playerId, player);
    this.#events.emit("joined", player);
  }

  #take(frame: ArrayBuffer): void {
    const welcome = this.#welcome;
    if (!welcome) return;
    this.#call((engine) => {
      engine.receive(performance.now(), frame);
      this.#resumed(welcome.epoch);
      for (let numbers = engine.nextEvent(); numbers; numbers = engine.nextEvent()) {
        const event = this.#scenes?.event(numbers, welcome);
        if (event) this.#events.emit("event", event);
      }
    });
  }

  #transmit(): void {
    if (!this.#link.isFree) return;
    const frame = this.#call((engine) => engine.transmit(performance.now()));
    if (!frame) return;
    this.#running = true;
    this.#link.send(frame);
  }

  /** Calls the engine. If it rejects the call, the match reconnects; if it has crashed, the match closes. */
  #call<T>(act: (engine: Engine) => T, refused = (): void => this.#link.renew()): T | undefined {
    try {
      return act(this.#engine);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      if (this.#closed) return undefined;
      console.error(error);
      if (error.broken) this.#giveUp("broken");
      else refused();
      return undefined;
    }
  }

  #giveUp(reason: string): void {
    this.#link.close();
    this.#finish(reason);
  }

  #patienceMs(): number {
    if (this.#welcome?.snapshotsPerSecond === 0 && this.#welcome.tick > 0) return WAITING_MS;
    if (this.#running) return SILENT_MS;
    return this.#welcome && this.#welcome.tick > 0 ? RESUMING_MS : PATIENT_MS;
  }

  #interrupted(reason: Outage): void {
    if (!this.#missed && this.#welcome) {
      this.#missed = true;
      this.#events.emit("reconnecting", { reason });
    }
    this.#connected("reconnecting");
  }

  /** A snapshot arrived: ends an outage. */
  #resumed(epoch: number): void {
    const now = performance.now();
    const pausedMs = now - this.#seenAt;
    this.#seenAt = now;
    if (!this.#missed) return;
    this.#missed = false;
    this.#events.emit("resumed", { epoch, pausedMs });
  }

  #connected(connection: Connection): void {
    if (this.#connection !== connection) {
      this.#connection = connection;
      this.#events.emit("connection", connection);
    }
    if (connection === "superseded") this.#finish("superseded");
  }

  async #gone(reason: string): Promise<void> {
    if (reason === "match_over") {
      const scores = await this.#options.finalScores().catch(() => []);
      return this.end({ scores });
    }
    this.#finish(reason);
  }

  #finish(reason: string): void {
    if (this.#closed) return;
    this.#closed = true;
    clearInterval(this.#sending);
    this.#commands.end();
    // A page that still draws the match shows the own player standing still.
    this.#call((engine) => engine.setInput([]));
    this.#events.emit("close", { reason });
  }
}
