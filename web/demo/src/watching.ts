// The ways to a replay: from the scores, from the address of this page, from a file; and back.
import { ProblemError, Replay } from "@skirmish/sdk";
import type { Lobby } from "@skirmish/sdk";
import type { Backdrop } from "./backdrop.js";
import { byId, say } from "./dom.js";
import type { AnyGame } from "./renderer.js";
import { takeFiles } from "./replay-files.js";
import { watchOnScreen } from "./replay-screen.js";
import { showProblem, showScreen, tell } from "./screens.js";
import type { WayBack } from "./way-back.js";
import { errorInWords } from "./words.js";

/** What the page lends. */
export interface WatchingOptions {
  /** Runs one thing at a time. */
  readonly during: (act: (signal: AbortSignal) => Promise<void>) => Promise<void>;
  /** The lobby as whoever plays here; undefined: nobody has. */
  readonly lobby: (signal: AbortSignal) => Promise<Lobby | undefined>;
  readonly backdrop: Backdrop;
  readonly way: WayBack;
  readonly home: () => void;
  /** Home, with what went wrong there and a way to try again. */
  readonly fail: (text: string, retry: () => void) => void;
}

/** How a replay is come by, and where it lies in the page. */
interface Way {
  readonly load: (signal: AbortSignal) => Promise<Replay<AnyGame>>;
  /** What is shown after it. */
  readonly back: "home" | "over";
  /** Steps away from home. */
  readonly depth: number;
  /** Its own address, where it has one. */
  readonly address?: string;
}

const STRANGER = { type: "urn:skirmish:problem:not-member", title: "Not a member", status: 403 };

export class Watching {
  readonly #options: WatchingOptions;
  /** The match whose scores are shown. */
  #roomId: string | undefined;
  #closing = new AbortController();

  constructor(options: WatchingOptions) {
    this.#options = options;
  }

  /** Listens to the buttons; true: the page's address names a replay, which is shown now. */
  start(): boolean {
    byId("watch").addEventListener("click", () => void this.#watchOver());
    takeFiles((file) => void this.#watch({ load: () => read(file), back: "home", depth: 1 }));
    const roomId = new URLSearchParams(location.search).get("replay");
    if (!roomId) return false;
    const { depth } = this.#options.way;
    void this.#watch({ load: (signal) => this.#load(roomId, signal), back: "home", depth, address: location.href });
    return true;
  }

  /** The scores of this match are shown, and with them the way to its replay. */
  offer(roomId: string): void {
    this.#roomId = roomId;
    say(byId("watch-note"), "");
  }

  /** Closes the replay that is shown. */
  close(): void {
    this.#closing.abort();
  }

  async #watchOver(): Promise<void> {
    const roomId = this.#roomId;
    if (roomId === undefined) return;
    say(byId("watch-note"), "");
    const address = `?${new URLSearchParams({ replay: roomId })}`;
    await this.#watch({ load: (signal) => this.#load(roomId, signal), back: "over", depth: 2, address });
  }

  async #load(roomId: string, signal: AbortSignal): Promise<Replay<AnyGame>> {
    const lobby = await this.#options.lobby(signal);
    if (!lobby) throw new ProblemError(STRANGER);
    const replay = await lobby.replay<AnyGame>(roomId, { signal });
    replay.playerId = lobby.playerId;
    return replay;
  }

  /** Shows a replay, or why not; then what was shown before. */
  #watch(way: Way): Promise<void> {
    return this.#options.during(async (signal) => {
      showProblem(undefined);
      tell("Loading the replay…");
      let problem: string | undefined;
      try {
        const replay = await way.load(signal);
        if (signal.aborted) return;
        await this.#show(replay, way);
      } catch (error) {
        if (signal.aborted) return;
        console.warn(error);
        problem = errorInWords(error);
      }
      tell("");
      if (way.back === "over") this.#showOver(problem ?? "");
      else if (problem === undefined) this.#options.home();
      else this.#options.fail(problem, () => void this.#watch(way));
    });
  }

  async #show(replay: Replay<AnyGame>, { depth, address }: Way): Promise<void> {
    // A phone shows a part of the arena: where somebody is.
    replay.playerId ??= replay.result?.[0]?.playerId;
    this.#options.backdrop.stop();
    this.#options.way.go(depth, address);
    showScreen("replay");
    tell("The replay plays. Space stops it, the arrows go back and forth.");
    this.#closing = new AbortController();
    await watchOnScreen(replay, this.#closing.signal);
  }

  #showOver(problem: string): void {
    this.#options.backdrop.start();
    this.#options.way.go(1);
    showScreen("over");
    say(byId("watch-note"), problem);
  }
}

async function read(file: File): Promise<Replay<AnyGame>> {
  return Replay.open<AnyGame>(new Uint8Array(await file.arrayBuffer()));
}
