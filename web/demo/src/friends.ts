// The ways into a room that a player made: creating it, joining it by code, link or list, returning to it, and the rematch.
import { LeftError, RoomError, codeFromUrl, roomCode } from "@skirmish/sdk";
import type { Lobby, LobbyState, Match, Room } from "@skirmish/sdk";
import { byId, setText, show } from "./dom.js";
import type { GamesMenu } from "./games-menu.js";
import type { PageHistory } from "./page-history.js";
import type { AnyGame } from "./renderer.js";
import { RoomScreen } from "./room-screen.js";
import { RoomsScreen } from "./rooms-screen.js";
import { savePresent } from "./session.js";
import { errorInWords } from "./words.js";

/** The functions that the flow provides. */
export interface FriendsOptions {
  /** Runs one action at a time, as the guest of this page; `text` is shown meanwhile. `retry` is offered after an error. */
  readonly enter: (text: string, act: (lobby: Lobby, signal: AbortSignal) => Promise<void>, retry: () => void) => Promise<void>;
  /** Plays a match, and shows the screen that follows its end. */
  readonly through: (lobby: Lobby, match: Match<AnyGame>, options: { signal: AbortSignal; wished: string }) => Promise<void>;
  /** Shows the running match of a room, which is named by its code. */
  readonly watch: (code: string) => Promise<void>;
  readonly games: GamesMenu;
  readonly history: PageHistory;
  /** The chosen colour. */
  readonly color: () => string;
  /** Whether this browser has a guest with a name. */
  readonly isKnown: () => boolean;
  /** Cancels the running action. */
  readonly cancel: () => void;
  /** Shows the home screen with an error, and a button with an alternative. */
  readonly fail: (text: string, retry: () => void, label: string) => void;
}

export class Friends {
  readonly #options: FriendsOptions;
  readonly #screen = new RoomScreen();
  readonly #rooms = new RoomsScreen();
  readonly #code = byId<HTMLInputElement>("code");
  /** The code in the address that opened this page, until it is used. */
  #opened = codeFromUrl();
  /** The code of the invitation on the home screen. */
  #invited: string | undefined;
  /** The last code that was tried. */
  #tried = "";
  /** The last match. */
  #match: Match<AnyGame> | undefined;

  constructor(options: FriendsOptions) {
    this.#options = options;
  }

  /** Connects the buttons. */
  start(): void {
    this.#screen.start();
    byId("friends").addEventListener("click", () => void this.make());
    this.#rooms.start(() => this.#options.cancel());
    byId("open-rooms").addEventListener("click", () => void this.#browse());
    byId("open-code").addEventListener("click", () => this.#openCode(byId("code-row").hidden));
    byId("code-form").addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#join(this.#code.value);
    });
    byId("decline").addEventListener("click", () => this.#invite(undefined));
    byId("leave-room").addEventListener("click", () => this.#options.cancel());
    byId("rematch").addEventListener("click", () => void this.#gatherAgain());
  }

  /** If the page's address named a room, joins it, or first asks a new player for their name. Returns true if it joins. */
  open(): boolean {
    const code = this.#opened;
    this.#opened = undefined;
    this.#invite(code);
    return this.#options.isKnown() && this.accept();
  }

  /** Returns to the room of a player who is in one, or joins the room of the page's address. False if there is neither. */
  async goBack(lobby: Lobby, { status, reason }: LobbyState, signal: AbortSignal): Promise<boolean> {
    const code = this.#opened;
    this.#opened = undefined;
    if (status === "seated") {
      const room = await lobby.returnToRoom({ signal });
      if (room) await this.#gather(lobby, room, signal);
      return room !== undefined;
    }
    // A player who was removed, or whose match is over, gets the reason first.
    if (status !== "out" || reason !== undefined || code === undefined) return false;
    await this.#seat(lobby, signal, (leave) => void this.#join(code, leave), () => this.#seatBy(code, lobby, signal));
    return true;
  }

  /** Joins the room of the link that opened this page. Returns false if there is none. */
  accept(): boolean {
    const code = this.#invited;
    if (code === undefined) return false;
    this.#invite(undefined);
    void this.#join(code);
    return true;
  }

  /** Creates a room for the chosen game. */
  make(): Promise<void> {
    return this.#enter("Making your room…", () => void this.make(), async (lobby, signal) => {
      const pool = await this.#options.games.pool();
      return lobby.createRoom({ pool, color: this.#options.color(), signal });
    });
  }

  /** Shows the listed rooms of the chosen game, and joins the one that the player chooses. */
  #browse(): Promise<void> {
    const act = async (lobby: Lobby, signal: AbortSignal) => {
      const pool = await this.#options.games.pool();
      // A reload has nothing to return to.
      savePresent(false);
      const choice = await this.#rooms.choose(lobby, pool, signal);
      this.wait(choice === "make" ? "Making your room…" : `Joining ${choice.code}…`);
      savePresent(true);
      const color = this.#options.color();
      if (choice === "make") await this.#seat(lobby, signal, () => void this.#browse(), () => lobby.createRoom({ pool, visibility: "listed", color, signal }));
      else await this.#seat(lobby, signal, (leave) => void this.#join(choice.code, leave), () => this.#seatBy(choice.code, lobby, signal));
    };
    return this.#options.enter("Looking for rooms…", act, () => void this.#browse());
  }

  /** Shows the empty screen of a room. */
  wait(text: string): void {
    this.#screen.wait(text);
  }

  /** Offers a rematch after the match, as the first choice if a player made its room, whose code is in the page's address. */
  offer(match: Match<AnyGame>): void {
    this.#match = match;
    const isFirst = codeFromUrl() !== undefined;
    byId("rematch").classList.toggle("primary", isFirst);
    byId("again").classList.toggle("primary", !isFirst);
    // A reload must not join the room, which may not gather again.
    this.#options.history.go(1);
  }

  #join(text: string, leave = false): Promise<void> {
    const code = roomCode(text) ?? text.trim();
    const again = (leave: boolean) => void this.#join(code, leave);
    return this.#enter(`Joining ${code}…`, again, (lobby, signal) => this.#seatBy(code, lobby, signal, leave));
  }

  async #seatBy(code: string, lobby: Lobby, signal: AbortSignal, leave = false): Promise<Room> {
    this.#tried = code;
    const room = await lobby.joinRoom(code, { color: this.#options.color(), leave, signal });
    this.#openCode(false);
    return room;
  }

  #gatherAgain(): Promise<void> {
    const match = this.#match;
    if (!match) return Promise.resolve();
    return this.#enter("Making a new room…", () => void this.make(), (_, signal) => match.rematch({ color: this.#options.color(), signal }));
  }

  /** As the guest of this page, takes a seat and shows the room. `again`: see `#seat`. */
  #enter(text: string, again: (leave: boolean) => void, seat: (lobby: Lobby, signal: AbortSignal) => Promise<Room>): Promise<void> {
    const act = (lobby: Lobby, signal: AbortSignal) => this.#seat(lobby, signal, again, () => seat(lobby, signal));
    return this.#options.enter(text, act, () => again(false));
  }

  /** Takes a seat and shows the room. `again` repeats it after an error; with `leave`, after leaving the place where the player waits. */
  async #seat(lobby: Lobby, signal: AbortSignal, again: (leave: boolean) => void, seat: () => Promise<Room>): Promise<void> {
    try {
      await this.#gather(lobby, await seat(), signal);
    } catch (error) {
      if (signal.aborted || !(error instanceof RoomError || (error instanceof LeftError && error.reason === "kicked"))) throw error;
      this.#refused(error, again);
    }
  }

  /** Shows a room until its match starts, and plays the match. */
  async #gather(lobby: Lobby, room: Room, signal: AbortSignal): Promise<void> {
    const { games, history, through } = this.#options;
    const wished = this.#options.color();
    history.go(1, addressOf(room.code));
    await games.pool();
    const { game, seats_min: least, seats_max: most, bots } = games.chooseRoom(room.roomId);
    this.#screen.show({ lobby, room, wished, game, seats: [least, most], hasBots: bots });
    let match: Match<AnyGame>;
    try {
      match = await room.match<AnyGame>({ signal });
    } finally {
      this.#screen.end();
    }
    await through(lobby, match, { signal, wished });
  }

  /** Shows the reason, and a button with an alternative. */
  #refused(error: RoomError | LeftError, again: (leave: boolean) => void): void {
    const slug = error instanceof RoomError ? error.slug : "kicked";
    const code = this.#tried;
    if (slug === "room-started" && error instanceof RoomError && error.problem["watch"] !== undefined) {
      return this.#options.fail(errorInWords(error), () => void this.#options.watch(code), "Watch the match");
    }
    const instead: Readonly<Record<string, readonly [label: string, act: () => void]>> = {
      "code-unknown": ["Enter a code", () => this.#openCode(true)],
      queued: ["Leave it and join", () => again(true)],
      kicked: ["Make a room", () => void this.make()],
      "room-full": ["Make a room", () => void this.make()],
      "unknown-room": ["Make a room", () => void this.make()],
    };
    const [label, act] = instead[slug] ?? ["Try again", () => again(false)];
    this.#options.fail(errorInWords(error), act, label);
  }

  #openCode(open: boolean): void {
    show(byId("code-row"), open);
    byId("open-code").setAttribute("aria-expanded", String(open));
    if (open) this.#code.focus();
    else this.#code.value = "";
  }

  /** Turns the home screen into an invitation to this room, and back. */
  #invite(code: string | undefined): void {
    if (this.#invited === code) return;
    this.#invited = code;
    document.body.classList.toggle("invited", code !== undefined);
    setText(byId("invited-code"), code ?? "");
    setText(byId("play"), code === undefined ? "Play" : "Join the room");
    // A reload keeps the invitation.
    this.#options.history.go(0, code === undefined ? undefined : addressOf(code));
  }
}

/** The address of this page for a room. */
function addressOf(code: string): string {
  return `?${new URLSearchParams({ room: code })}`;
}
