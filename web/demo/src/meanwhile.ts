// Lets a player who waits for a match watch another one meanwhile. The player's own match, or the end of the wait, ends it.
import type { Lobby } from "@skirmish/sdk";
import type { Backdrop } from "./backdrop.js";
import { byId, show } from "./dom.js";
import type { PageHistory } from "./page-history.js";
import type { AnyGame } from "./renderer.js";
import { watchOnScreen } from "./replay-screen.js";
import { announce, showScreen } from "./screens.js";
import { watchErrorInWords } from "./words.js";

/** Where the player waits. */
interface Wait {
  readonly lobby: Lobby;
  readonly pool: string;
  /** Shows the waiting screen again. */
  readonly back: () => void;
}

export class Meanwhile {
  readonly #backdrop: Backdrop;
  readonly #history: PageHistory;
  readonly #button = byId<HTMLButtonElement>("watch-meanwhile");
  /** Ends the offer. */
  #offer = new AbortController();
  /** Closes the match that is shown; undefined: none is shown. */
  #closing: AbortController | undefined;

  constructor(backdrop: Backdrop, history: PageHistory) {
    this.#backdrop = backdrop;
    this.#history = history;
  }

  /** Whether a match is shown instead of the waiting screen. */
  get isWatching(): boolean {
    return this.#closing !== undefined;
  }

  /** Offers to watch a match of the pool while the player waits. */
  begin(wait: Wait): void {
    this.#offer = new AbortController();
    this.#button.onclick = () => void this.#watch(wait, this.#offer.signal);
    this.#button.disabled = false;
    show(this.#button, true);
  }

  /** Withdraws the offer, and closes the match that is shown. */
  end(): void {
    this.#offer.abort();
    this.close();
    show(this.#button, false);
  }

  /** Closes the match that is shown. The player still waits. */
  close(): void {
    this.#closing?.abort();
  }

  async #watch({ lobby, pool, back }: Wait, signal: AbortSignal): Promise<void> {
    this.#button.disabled = true;
    announce("Opening a match…");
    try {
      const watch = await lobby.watchAny<AnyGame>({ pool, signal });
      if (signal.aborted) return watch.close();
      this.#closing = new AbortController();
      this.#backdrop.stop();
      this.#history.go(2);
      showScreen("replay", "Live match");
      announce("Watching another match while you wait. Yours is shown as soon as it starts.");
      await watchOnScreen(watch, this.#closing.signal, { from: 0, link: undefined });
      this.#return(back, signal);
    } catch (error) {
      this.#return(back, signal);
      if (!signal.aborted) announce(watchErrorInWords(error));
    } finally {
      this.#button.disabled = false;
    }
  }

  #return(back: () => void, signal: AbortSignal): void {
    if (!this.#closing) return;
    this.#closing = undefined;
    this.#history.go(1);
    if (signal.aborted) return;
    this.#backdrop.start();
    back();
  }
}
