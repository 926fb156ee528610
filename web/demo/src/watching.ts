// The ways to a replay: from the scores, from the address of this page, from a file; and back.
import { ProblemError, Replay } from "@skirmish/sdk";
import type { Lobby } from "@skirmish/sdk";
import type { Backdrop } from "./backdrop.js";
import { byId, setText } from "./dom.js";
import type { AnyGame } from "./renderer.js";
import { takeFiles } from "./replay-files.js";
import { watchOnScreen } from "./replay-screen.js";
import { announce, showProblem, showScreen } from "./screens.js";
import type { PageHistory } from "./page-history.js";
import { errorInWords } from "./words.js";

/** What the flow provides. */
export interface WatchingOptions {
  /** Runs one action at a time. */
  readonly during: (act: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  /** The lobby of the guest of this page; undefined if there is none. */
  readonly lobby: (signal: AbortSignal) => Promise<Lobby | undefined>;
  readonly backdrop: Backdrop;
  readonly history: PageHistory;
  readonly home: () => void;
  /** Shows the home screen with an error and a retry button. */
  readonly fail: (text: string, retry: () => void) => void;
}

/** How a replay is loaded, and its place in the browser history. */
interface Source {
  readonly load: (signal: AbortSignal) => Promise<Replay<AnyGame>>;
  /** The screen to return to. */
  readonly back: "home" | "over";
  /** The number of steps from home. */
  readonly depth: number;
  /** The address of the replay, if it has one. */
  readonly address?: string;
}

const NOT_MEMBER = { type: "urn:skirmish:problem:not-member", title: "Not a member", status: 403 };

export class Watching {
  readonly #options: WatchingOptions;
  /** The match whose scores are on the screen. */
  #roomId: string | undefined;
  #closing = new AbortController();

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  /** Connects the buttons. Returns true if the page's address names a replay, which is then shown. */
  start(): boolean {
    byId("watch").addEventListener("click", () => void this.#watchOver());
    takeFiles((file) => void this.#watch({ load: () => read(file), back: "home", depth: 1 }));
    const roomId = new URLSearchParams(location.search).get("replay");
    if (!roomId) return false;
    const { depth } = this.#options.history;
    void this.#watch({ load: (signal) => this.#load(roomId, signal), back: "home", depth, address: location.href });
    return true;
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
    await this.#watch({ load: (signal) => this.#load(roomId, signal), back: "over", depth: 2, address });
  }

  async #load(roomId: string, signal: AbortSignal): Promise<Replay<AnyGame>> {
    const lobby = await this.#options.lobby(signal);
    if (!lobby) throw new ProblemError(NOT_MEMBER);
    const replay = await lobby.replay<AnyGame>(roomId, { signal });
    replay.playerId = lobby.playerId;
    return replay;
  }

  /** Shows a replay or an error, then the previous screen. */
  #watch(source: Source): Promise<void> {
    return this.#options.during(async (signal) => {
      showProblem(undefined);
      announce("Loading the replay…");
      let problem: string | undefined;
      try {
        const replay = await source.load(signal);
        if (signal.aborted) return;
        await this.#show(replay, source);
      } catch (error) {
        if (signal.aborted) return;
        console.warn(error);
        problem = errorInWords(error);
      }
      announce("");
      if (source.back === "over") this.#showOver(problem ?? "");
      else if (problem === undefined) this.#options.home();
      else this.#options.fail(problem, () => void this.#watch(source));
    });
  }

  async #show(replay: Replay<AnyGame>, { depth, address }: Source): Promise<void> {
    // A phone shows only a part of the arena, around the followed player.
    replay.playerId ??= replay.result?.[0]?.playerId;
    this.#options.backdrop.stop();
    this.#options.history.go(depth, address);
    showScreen("replay");
    announce("Playing the replay. Space pauses, the left and right arrow keys skip.");
    this.#closing = new AbortController();
    await watchOnScreen(replay, this.#closing.signal);
  }

  #showOver(problem: string): void {
    this.#options.backdrop.start();
    this.#options.history.go(1);
    showScreen("over");
    setText(byId("watch-note"), problem);
  }
}

async function read(file: File): Promise<Replay<AnyGame>> {
  return Replay.open<AnyGame>(new Uint8Array(await file.arrayBuffer()));
}
