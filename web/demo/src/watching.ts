// Opens replays, from the scores, the address of this page, a link or a file, and running matches, by their code or from the address of
// this page; then returns to the previous screen.
import { ProblemError, Replay, Watch, roomCode } from "@skirmish/sdk";
import type { Lobby } from "@skirmish/sdk";
import { backend } from "./backend.js";
import type { Backdrop } from "./backdrop.js";
import { NoReplayError, askConsole } from "./console-replay.js";
import { byId, setText } from "./dom.js";
import type { AnyGame } from "./renderer.js";
import { takeFiles } from "./replay-files.js";
import { linkOf, openLink } from "./replay-link.js";
import { watchOnScreen } from "./replay-screen.js";
import type { Shown } from "./replay-screen.js";
import { announce, showOpening, showProblem, showScreen } from "./screens.js";
import type { PageHistory } from "./page-history.js";
import { errorInWords, watchErrorInWords } from "./words.js";

/** The functions that the flow provides. */
export interface WatchingOptions {
  /** Runs one action at a time. */
  readonly during: (act: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  /** The lobby of the guest of this page; undefined if there is none. */
  readonly lobby: (signal?: AbortSignal) => Promise<Lobby | undefined>;
  /** The lobby of the guest of this page, or of a new one. */
  readonly anyLobby: (signal: AbortSignal) => Promise<Lobby>;
  readonly backdrop: Backdrop;
  readonly history: PageHistory;
  readonly home: () => void;
  /** Shows the home screen with an error and a retry button. */
  readonly fail: (text: string, retry: () => void) => void;
}

/** How a replay or a running match is loaded, and its place in the browser history. */
interface Source {
  readonly load: (signal: AbortSignal) => Promise<Shown>;
  /** The screen to return to. */
  readonly back: "home" | "over";
  /** The number of steps from home. */
  readonly depth: number;
  /** The address of the replay or of the match, if it has one. */
  readonly address?: string;
  /** Whether it is a running match, whose first picture may take a while. */
  readonly runs?: boolean;
  /** The tick at which playback of the replay starts. */
  readonly from?: () => number;
  /** A link to the replay that anybody can open, if there is one. */
  readonly link?: () => Promise<string>;
}

/** The time before a report at which playback of its replay starts. */
const BEFORE_REPORT_S = 5;

const NOT_MEMBER = { type: "urn:skirmish:problem:not-member", title: "Not a member", status: 403 };

export class Watching {
  readonly #options: WatchingOptions;
  /** The match whose scores are on the screen. */
  #roomId: string | undefined;
  #closing = new AbortController();

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  /** Connects the buttons. Returns true if the page's address names a replay or a running match, which is then shown. */
  start(): boolean {
    byId("watch").addEventListener("click", () => void this.#watchOver());
    takeFiles((file) => void this.#watch({ load: () => read(file), back: "home", depth: 1 }));
    const query = new URLSearchParams(location.search);
    const { depth } = this.#options.history;
    const [running, roomId] = [query.get("watch"), query.get("replay")];
    const token = new URLSearchParams(location.hash.slice(1)).get("token");
    if (roomId && query.get("from") === "console") void this.#watch(this.#handed(roomId, depth));
    else if (running) void this.#watch(this.#running(running, depth));
    else if (roomId && token) void this.#watch(shared(roomId, token, depth));
    else if (roomId) void this.#watch({ ...this.#own(roomId), back: "home", depth, address: location.href });
    return Boolean(running || roomId);
  }

  /** Shows the running match of a room, which is named by its id or its code. */
  watchRunning(room: string): Promise<void> {
    return this.#watch(this.#running(room, 1));
  }

  /** Offers the replay of the match whose scores are on the screen. */
  offer(roomId: string): void {
    this.#roomId = roomId;
    setText(byId("watch-note"), "");
  }

  /** Closes the replay. */
  close(): void {
    this.#closing.abort();
  }

  async #watchOver(): Promise<void> {
    const roomId = this.#roomId;
    if (roomId === undefined) return;
    setText(byId("watch-note"), "");
    const address = `?${new URLSearchParams({ replay: roomId })}`;
    await this.#watch({ ...this.#own(roomId), back: "over", depth: 2, address });
  }

  /** The replay of a match that the guest of this page played. */
  #own(roomId: string): Pick<Source, "load" | "link"> {
    const link = async () => linkOf(roomId, await (await this.#member()).shareReplay(roomId));
    return { load: (signal) => this.#load(roomId, signal), link };
  }

  async #load(roomId: string, signal: AbortSignal): Promise<Replay<AnyGame>> {
    const lobby = await this.#member(signal);
    const replay = await lobby.replay<AnyGame>(roomId, { signal });
    replay.playerId = lobby.playerId;
    return replay;
  }

  async #member(signal?: AbortSignal): Promise<Lobby> {
    const lobby = await this.#options.lobby(signal);
    if (!lobby) throw new ProblemError(NOT_MEMBER);
    return lobby;
  }

  /** The replay of a report, from the console. */
  #handed(room: string, depth: number): Source {
    let from = 0;
    const load = async (signal: AbortSignal) => {
      const { bytes, tick, playerId } = await askConsole(room, signal);
      const replay = await Replay.open<AnyGame>(bytes, { signal });
      replay.playerId = playerId;
      from = Math.max(0, tick - BEFORE_REPORT_S * replay.ticksPerSecond);
      return replay;
    };
    return { load, back: "home", depth, address: location.href, from: () => from };
  }

  #running(text: string, depth: number): Source {
    const room = roomCode(text) ?? text.trim();
    const load = async (signal: AbortSignal) => (await this.#options.anyLobby(signal)).watch<AnyGame>(room, { signal });
    return { load, back: "home", depth, address: `?${new URLSearchParams({ watch: room })}`, runs: true };
  }

  /** Shows a replay, a running match or an error, then the previous screen. */
  #watch(source: Source): Promise<void> {
    return this.#options.during(async (signal) => {
      showProblem(undefined);
      if (source.runs) this.#open(source);
      else announce("Loading the replay…");
      let problem: string | undefined;
      try {
        const shown = await source.load(signal);
        if (signal.aborted) return this.#options.home();
        await this.#show(shown, source);
      } catch (error) {
        if (signal.aborted) return this.#options.home();
        console.warn(error);
        problem = error instanceof NoReplayError ? error.message : source.runs ? watchErrorInWords(error) : errorInWords(error);
      }
      announce("");
      if (source.back === "over") this.#showOver(problem ?? "");
      else if (problem === undefined) this.#options.home();
      else this.#options.fail(problem, () => void this.#watch(source));
    });
  }

  #open({ depth, address }: Source): void {
    this.#options.history.go(depth, address);
    showOpening();
  }

  async #show(shown: Shown, { depth, address, from, link }: Source): Promise<void> {
    this.#options.backdrop.stop();
    this.#options.history.go(depth, address);
    showScreen("replay", shown instanceof Watch ? "Live match" : "Replay");
    announce(wordsFor(shown));
    this.#closing = new AbortController();
    await watchOnScreen(shown, this.#closing.signal, { from: from?.() ?? 0, link });
  }

  #showOver(problem: string): void {
    this.#options.backdrop.start();
    this.#options.history.go(1);
    showScreen("over");
    setText(byId("watch-note"), problem);
  }
}

/** The replay of a link, which needs no player. */
function shared(roomId: string, token: string, depth: number): Source {
  const address = location.href;
  return { load: (signal) => openLink(backend(), roomId, token, signal), back: "home", depth, address, link: async () => address };
}

function wordsFor(shown: Shown): string {
  if (!(shown instanceof Watch)) return "Playing the replay. Space pauses, the left and right arrow keys skip.";
  const seconds = Math.round(shown.delayMs / 1000);
  const delay = seconds > 0 ? `, ${seconds} seconds later than its players see it` : "";
  return `Watching the match live${delay}. Space pauses, the arrow keys skip, L returns to live.`;
}

async function read(file: File): Promise<Replay<AnyGame>> {
  return Replay.open<AnyGame>(new Uint8Array(await file.arrayBuffer()));
}
