// The ways to a replay: from the scores, from the address of this page, from a file; and back.
import { ProblemError, Replay } from "@skirmish/sdk";
import type { Lobby } from "@skirmish/sdk";
import type { Backdrop } from "./backdrop.js";
import { byId, say } from "./dom.js";
import type { AnyGame } from "./renderer.js";
import { takeFiles } from "./replay-files.js";
import { watchOnScreen } from "./replay-screen.js";
import { showProblem, showScreen, tell } from "./screens.js";
import { errorInWords } from "./words.js";

/** What the page lends. */
export interface WatchingOptions {
  /** Runs one thing at a time. */
  readonly during: (act: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  /** The lobby as whoever plays here; undefined: nobody has. */
  readonly lobby: (signal: AbortSignal) => Promise<Lobby | undefined>;
  readonly backdrop: Backdrop;
  readonly home: () => void;
  /** Home, with what went wrong there and a way to try again. */
  readonly fail: (text: string, retry: () => void) => void;
}

const STRANGER = { type: "urn:skirmish:problem:not-member", title: "Not a member", status: 403 };

export class Watching {
  readonly #options: WatchingOptions;
  /** The match whose scores are shown. */
  #roomId: string | undefined;

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  /** Listens to the buttons; true: the page's address names a replay, which is shown now. */
  start(): boolean {
    byId("watch").addEventListener("click", () => void this.#watchOver());
    takeFiles((file) => void this.#watch(() => read(file), "home"));
    const roomId = new URLSearchParams(location.search).get("replay");
    if (roomId) void this.#watch((signal) => this.#load(roomId, signal), "home");
    return roomId !== null;
  }

  /** The scores of this match are shown, and with them the way to its replay. */
  offer(roomId: string): void {
    this.#roomId = roomId;
    say(byId("watch-note"), "");
  }

  async #watchOver(): Promise<void> {
    const roomId = this.#roomId;
    if (roomId === undefined) return;
    say(byId("watch-note"), "");
    await this.#watch((signal) => this.#load(roomId, signal), "over");
  }

  async #load(roomId: string, signal: AbortSignal): Promise<Replay<AnyGame>> {
    const lobby = await this.#options.lobby(signal);
    if (!lobby) throw new ProblemError(STRANGER);
    const replay = await lobby.replay<AnyGame>(roomId, { signal });
    replay.playerId = lobby.playerId;
    history.replaceState(null, "", `?${new URLSearchParams({ replay: roomId })}`);
    return replay;
  }

  /** Shows a replay, or why not; then what was shown before. */
  #watch(load: (signal: AbortSignal) => Promise<Replay<AnyGame>>, back: "home" | "over"): Promise<void> {
    return this.#options.during(async (signal) => {
      showProblem(undefined);
      tell("Loading the replay…");
      let problem: string | undefined;
      try {
        const replay = await load(signal);
        // A phone shows a part of the arena: where somebody is.
        replay.playerId ??= replay.result?.[0]?.playerId;
        this.#options.backdrop.stop();
        showScreen("replay");
        tell("The replay plays. Space stops it, the arrows go back and forth.");
        await watchOnScreen(replay);
      } catch (error) {
        console.warn(error);
        problem = errorInWords(error);
      }
      history.replaceState(null, "", location.pathname);
      tell("");
      if (back === "over") this.#showOver(problem ?? "");
      else if (problem === undefined) this.#options.home();
      else this.#options.fail(problem, () => void this.#watch(load, back));
    });
  }

  #showOver(problem: string): void {
    this.#options.backdrop.start();
    showScreen("over");
    say(byId("watch-note"), problem);
  }
}

async function read(file: File): Promise<Replay<AnyGame>> {
  return Replay.open<AnyGame>(new Uint8Array(await file.arrayBuffer()));
}
