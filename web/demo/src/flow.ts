// The flow of the page: home, queue, room, match, scores, and back to the queue.
import { LeftError, ProblemError, SupersededError, codeFromUrl } from "@skirmish/sdk";
import type { Countdown, Lobby, Match, Score } from "@skirmish/sdk";
import { Backdrop } from "./backdrop.js";
import { SWATCHES } from "./colors.js";
import { byId, setText } from "./dom.js";
import { drawnView } from "./drawn.js";
import { Friends } from "./friends.js";
import { GamesMenu } from "./games-menu.js";
import { Guests } from "./guests.js";
import { byScore } from "./hud.js";
import { playOnScreen } from "./match-screen.js";
import type { MatchEnd } from "./match-screen.js";
import { Meanwhile } from "./meanwhile.js";
import type { AnyGame } from "./renderer.js";
import { Reporting } from "./reporting.js";
import { makeSwatches, showCountdown, showLeaderboard, showOver, showProblem } from "./screens.js";
import { announce, showQueue, showRoom, showRunning, showScreen } from "./screens.js";
import { loadGuest, loadLooks, loadOutOf, loadPresent, saveLooks, savePresent } from "./session.js";
import { startSounds } from "./sounds.js";
import { Watching } from "./watching.js";
import { PageHistory } from "./page-history.js";
import { PLAYING, PLAYING_ELSEWHERE, WAITING, errorInWords, reasonInWords } from "./words.js";

/** The server's name for players without one. */
const NAMELESS = "Player";
/** After this time, the leaderboard contains the match's points. */
const SETTLED_MS = 1_500;

/** An action of the guest of this page, the text that is shown meanwhile, and the retry after an error. */
interface Action {
  readonly wait: () => void;
  readonly act: (lobby: Lobby, signal: AbortSignal) => Promise<void>;
  readonly retry: () => void;
}

export class Flow {
  readonly #guests: Guests;
  readonly #games: GamesMenu;
  readonly #backdrop = new Backdrop();
  readonly #name = byId<HTMLInputElement>("name");
  readonly #watching: Watching;
  readonly #friends: Friends;
  readonly #reporting = new Reporting();
  readonly #history = new PageHistory(() => this.#back());
  readonly #meanwhile = new Meanwhile(this.#backdrop, this.#history);
  #color: string;
  #lobby: Lobby | undefined;
  #lobbyName = "";
  #listening: (() => void)[] = [];
  /** Set while an action is running; Cancel aborts it. */
  #busy: AbortController | undefined;
  #retry: () => void = () => undefined;
  /** Shows where the player waits: the queue, or a room. */
  #showWait: () => void = () => undefined;
  #leave: (reason: string) => void = () => undefined;
  #ticking: ReturnType<typeof setInterval> | undefined;

  constructor(url: string) {
    this.#guests = new Guests(url);
    this.#games = new GamesMenu(url);
    this.#watching = new Watching({
      during: (act) => this.#during(act),
      lobby: async (signal) => this.#lobby ?? this.#guests.remembered(signal),
      anyLobby: async (signal) => this.#lobby ?? (await this.#guests.remembered(signal)) ?? this.#guests.named(NAMELESS, signal),
      backdrop: this.#backdrop,
      history: this.#history,
      home: () => this.#home(),
      fail: (text, retry) => this.#fail(text, retry),
    });
    this.#friends = new Friends({
      enter: (text, act, retry) => this.#as(false, { wait: () => this.#gathering(text), act, retry }),
      through: (lobby, match, options) => this.#through(lobby, match, options),
      watch: (room) => this.#watching.watchRunning(room),
      games: this.#games,
      history: this.#history,
      color: () => this.#color,
      isKnown: () => loadGuest() !== undefined && this.#name.value !== "",
      cancel: () => this.#busy?.abort(),
      fail: (text, retry, label) => this.#fail(text, retry, label),
    });
    const looks = loadLooks();
    const name = loadGuest()?.name ?? looks?.name ?? "";
    this.#name.value = name === NAMELESS ? "" : name;
    const random = SWATCHES[Math.floor(Math.random() * SWATCHES.length)];
    this.#color = looks?.color ?? random?.color ?? "#4dabf7";
  }

  start(): void {
    this.#choose(this.#color);
    makeSwatches(this.#color, (color) => this.#choose(color));
    byId("join").addEventListener("submit", (event) => {
      event.preventDefault();
      if (!this.#friends.accept()) void this.#play(false);
    });
    const clicks: Record<string, () => void> = {
      cancel: () => this.#busy?.abort(),
      retry: () => this.#retry(),
      rejoin: () => void this.#rejoin(),
      "play-other": () => void this.#play(true),
      forfeit: () => void this.#forfeit(),
      leave: () => this.#leave("leave"),
      "out-again": () => this.#leave("again"),
      again: () => void this.#play(false),
      "home-button": () => this.#home(),
    };
    for (const [id, act] of Object.entries(clicks)) byId(id).addEventListener("click", act);
    this.#friends.start();
    this.#reporting.start();
    startSounds();
    this.#backdrop.start();
    if (this.#watching.start()) return;
    // The page was reloaded while this tab waited or played: it returns there.
    if (loadPresent()) return void this.#rejoin();
    this.#home();
    if (!this.#friends.open()) void this.#checkRunning();
  }

  /** Handles the browser's Back button. */
  #back(): void {
    const screen = document.body.dataset["screen"];
    if (this.#meanwhile.isWatching) this.#meanwhile.close();
    else if (screen === "replay") this.#watching.close();
    else if (screen === "match") this.#leave("leave");
    else this.#busy?.abort();
    if (screen === "over") this.#home();
  }

  #choose(color: string): void {
    this.#color = color;
    document.documentElement.style.setProperty("--accent", color);
  }

  #home(): void {
    clearInterval(this.#ticking);
    savePresent(false);
    this.#history.go(0);
    showRunning(undefined);
    showProblem(undefined);
    showScreen("home");
    announce("");
    this.#backdrop.start();
  }

  #fail(text: string, retry: () => void, label?: string): void {
    this.#home();
    showProblem(text, label);
    this.#retry = retry;
  }

  /** Checks whether the saved guest is in a match or waits for one. */
  async #checkRunning(): Promise<void> {
    try {
      const lobby = await this.#guests.remembered();
      if (!lobby || this.#busy) return;
      this.#use(lobby, loadGuest()?.name ?? "");
      if (isOutOf(lobby)) return;
      if (lobby.state.status === "playing") showRunning(PLAYING);
      else if (lobby.state.status !== "out") showRunning(WAITING);
    } catch (error) {
      if (!this.#busy) this.#fail(errorInWords(error), () => this.#again(() => this.#checkRunning()));
    }
  }

  #again(act: () => Promise<void>): void {
    showProblem(undefined);
    void act();
  }

  /** Joins the queue and plays; `other`: as a new guest. */
  #play(other: boolean): Promise<void> {
    return this.#as(other, {
      wait: () => this.#waiting("Connecting…"),
      act: (lobby, signal) => this.#queue(lobby, signal),
      retry: () => void this.#play(false),
    });
  }

  /** Runs an action as the guest of this page, with the name of the form; `other`: as a new guest. */
  #as(other: boolean, { wait, act, retry }: Action): Promise<void> {
    return this.#during(async (signal) => {
      wait();
      const name = this.#name.value.trim() || NAMELESS;
      saveLooks({ name: this.#name.value.trim(), color: this.#color });
      if (!other) await this.#leaveBehind(signal);
      if (other) this.#use(await this.#guests.another(name, signal), name);
      else if (!this.#lobby || this.#lobbyName !== name) this.#use(await this.#guests.named(name, signal), name);
      await act(this.#lobby!, signal);
    }, retry);
  }

  /** Gives up a match that the player is out of, because a player can be in one match only. Their score counts at its end. */
  async #leaveBehind(signal: AbortSignal): Promise<void> {
    const lobby = await this.#known(signal);
    if (lobby && isOutOf(lobby)) await lobby.forfeit();
  }

  /** The lobby of the current guest, or of the saved one. */
  async #known(signal: AbortSignal): Promise<Lobby | undefined> {
    if (this.#lobby) return this.#lobby;
    const lobby = await this.#guests.remembered(signal);
    if (lobby) this.#use(lobby, loadGuest()?.name ?? "");
    return lobby;
  }

  async #queue(lobby: Lobby, signal: AbortSignal): Promise<void> {
    announce("Joining the queue…");
    const pool = await this.#games.pool();
    if (this.#games.chosen.watch === "all") this.#meanwhile.begin({ lobby, pool, back: () => this.#showWait() });
    const playing = lobby.play<AnyGame>({ pool, color: this.#color, signal });
    const match = await playing.finally(() => this.#meanwhile.end());
    await this.#through(lobby, match, { signal, wished: this.#color });
  }

  #rejoin(): Promise<void> {
    return this.#during(async (signal) => {
      this.#waiting("Returning to your match…", location.pathname + location.search);
      const lobby = await this.#known(signal);
      if (!lobby) return this.#home();
      const state = await lobby.me();
      const { status, room } = state;
      await this.#games.pool();
      if (room !== undefined) this.#games.chooseRoom(room);
      if (await this.#friends.goBack(lobby, state, signal)) return;
      if (status === "queued" || status === "seated") {
        const started = await this.#queue(lobby, signal).catch(ifInMatch);
        if (!started) return;
      }
      await this.#through(lobby, await lobby.rejoin<AnyGame>({ signal }), { signal });
    });
  }

  async #forfeit(): Promise<void> {
    try {
      await this.#lobby?.forfeit();
      this.#home();
      announce("You gave up that match.");
    } catch (error) {
      this.#fail(errorInWords(error), () => void this.#forfeit());
    }
  }

  /** Runs one action at a time and shows its error. */
  async #during(act: (signal: AbortSignal) => Promise<void>, retry: () => void = () => void this.#play(false)): Promise<void> {
    if (this.#busy) return;
    const busy = (this.#busy = new AbortController());
    try {
      await act(busy.signal);
    } catch (error) {
      this.#failed(error, busy.signal, retry);
    } finally {
      this.#busy = undefined;
      clearInterval(this.#ticking);
    }
    // If it was too late to cancel, the match has started: offer to rejoin it.
    if (busy.signal.aborted) void this.#checkRunning();
  }

  #failed(error: unknown, signal: AbortSignal, retry: () => void): void {
    if (signal.aborted) return this.#home();
    if (error instanceof SupersededError) return this.#offer(WAITING);
    if (isInMatch(error)) return this.#offer(PLAYING);
    if (error instanceof ProblemError && error.slug === "unauthorized") this.#lobby = undefined;
    if (!(error instanceof ProblemError || error instanceof LeftError)) console.warn(error);
    this.#fail(errorInWords(error), retry);
  }

  #offer(running: typeof PLAYING): void {
    this.#home();
    showRunning(running);
  }

  #use(lobby: Lobby, name: string): void {
    this.#lobbyName = name;
    if (lobby === this.#lobby) return;
    this.#lobby?.close();
    for (const dispose of this.#listening) dispose();
    this.#lobby = lobby;
    const waits = () => this.#busy !== undefined && document.body.dataset["screen"] !== "match" && !this.#meanwhile.isWatching;
    const wait = (showWait: () => void) => {
      this.#showWait = showWait;
      if (waits()) showWait();
    };
    this.#listening = [
      lobby.on("queued", ({ position }) => {
        this.#count(undefined);
        wait(() => showQueue(position));
      }),
      lobby.on("room", (room) => {
        if (room.state !== "open") return;
        const { bots } = this.#games.chooseRoom(room.roomId);
        wait(() => showRoom(room, lobby.playerId, this.#color, bots));
      }),
      lobby.on("countdown", ({ startsAt }) => this.#count(startsAt)),
      lobby.on("requeued", ({ reason }) => {
        const why = reason === "room_closed" ? "Your room closed." : "That match no longer has a seat for you.";
        if (waits()) announce(`${why} You are back at the front of the queue.`);
      }),
      lobby.on("connection", (connection) => {
        if (connection === "reconnecting" && waits()) announce("Connection lost. Reconnecting…");
      }),
    ];
  }

  /** Shows the screen of a room that is not known yet. */
  #gathering(text: string): void {
    this.#leaveHome();
    this.#friends.wait(text);
  }

  #leaveHome(address?: string): void {
    showRunning(undefined);
    showProblem(undefined);
    this.#backdrop.start();
    savePresent(true);
    this.#history.go(1, address);
  }

  #waiting(text: string, address?: string): void {
    this.#leaveHome(address);
    this.#count(undefined);
    this.#showWait = () => showScreen("queue");
    setText(byId("queue-position"), "…");
    setText(byId("color-note"), "");
    byId("room-players").replaceChildren();
    showScreen("queue");
    announce(text);
  }

  #count(startsAt: Countdown["startsAt"]): void {
    clearInterval(this.#ticking);
    const show = () =>
      showCountdown(startsAt === undefined ? undefined : Math.max(0, Math.ceil((startsAt - performance.now()) / 1000)));
    show();
    if (startsAt !== undefined) this.#ticking = setInterval(show, 100);
  }

  /** Plays the match, and shows the screen that follows its end. `wished`: the requested colour. */
  async #through(lobby: Lobby, match: Match<AnyGame>, { signal, wished }: { signal: AbortSignal; wished?: string }): Promise<void> {
    clearInterval(this.#ticking);
    this.#backdrop.stop();
    showScreen("match");
    announce("The match starts.");
    this.#reporting.offer({ lobby, room: match.roomId, people: () => drawnView()?.players ?? [], tick: () => drawnView()?.tick ?? 0 });
    const leave = new Promise<string>((resolve) => (this.#leave = resolve));
    const end = await playOnScreen(match, { leave, wished, watchLink: this.#watchLink(match.roomId) });
    if (end.reason === "over") return void this.#showEnd(lobby, match, end);
    if (end.reason === "superseded") return this.#offer(PLAYING_ELSEWHERE);
    if (end.reason !== "leave" && end.reason !== "again") return this.#fail(reasonInWords(end.reason), () => void this.#play(false));
    match.close();
    if (!end.out) return this.#offer(PLAYING);
    if (end.reason === "again") this.#waiting("Leaving the match…");
    else this.#home();
    await lobby.forfeit();
    if (end.reason === "again") return this.#queue(lobby, signal);
    announce("You left the match. Your score counts when it ends.");
  }

  /** The address at which others can watch a match. Undefined if they may not. */
  #watchLink(roomId: string): string | undefined {
    const { watch } = this.#games.chooseRoom(roomId);
    const room = watch === "all" ? roomId : watch === "code" ? codeFromUrl() : undefined;
    return room && `${location.origin}${location.pathname}?${new URLSearchParams({ watch: room })}`;
  }

  async #showEnd(lobby: Lobby, match: Match<AnyGame>, end: MatchEnd): Promise<void> {
    const scores = end.over?.scores ?? [];
    savePresent(false);
    this.#backdrop.start();
    this.#watching.offer(match.roomId);
    this.#friends.offer(match);
    const shown = scores.length > 0 ? scores : scoresOf(end);
    this.#reporting.offer({ lobby, room: match.roomId, people: () => shown, tick: () => end.last?.tick ?? 0 });
    showOver(shown, end.last, match.playerId);
    showLeaderboard(undefined, match.playerId);
    for (const waitMs of [0, SETTLED_MS]) {
      await new Promise((resolve) => setTimeout(resolve, waitMs));
      const [pool = ""] = match.roomId.split(".");
      const best = await lobby.leaderboard({ pool, limit: 10 }).catch(() => undefined);
      if (best) showLeaderboard(best, match.playerId);
    }
  }
}

/** True if the server refused because a match is running, such as one that started while the page loaded; throws other errors. */
function ifInMatch(error: unknown): true {
  if (isInMatch(error)) return true;
  throw error;
}

const isInMatch = (error: unknown) => error instanceof ProblemError && error.slug === "in-match";

/** Whether the player has lost all lives in a match that is still running. */
function isOutOf({ state }: Lobby): boolean {
  return state.status === "playing" && state.room !== undefined && state.room === loadOutOf();
}

/** The scores of the last view, if the final ones were missed. */
function scoresOf({ last }: MatchEnd): Score[] {
  const players = [...(last?.players ?? [])].sort(byScore);
  return players.map(({ playerId, name, score }, i) => ({ playerId, name, score: score ?? 0, rank: i + 1 }));
}
