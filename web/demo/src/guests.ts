// Connects to the lobby as a guest: the one of this browser, of this tab, or a new one.
import { ConnectionError, ProblemError, Skirmish } from "@skirmish/sdk";
import type { Lobby } from "@skirmish/sdk";
import { forgetGuest, hasOwnGuest, loadGuest, saveGuest } from "./session.js";
import type { Guest } from "./session.js";

export class Guests {
  readonly #url: string;
  /** This tab has its own guest. */
  #onlyThisTab = hasOwnGuest();

  /** `?claim=…` of the page's address: what a guest's token carries for the game. */
  readonly #game = new URLSearchParams(location.search).get("claim") ?? undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Connects as the saved guest. Undefined if there is none or their token has expired. */
  async remembered(signal?: AbortSignal): Promise<Lobby | undefined> {
    const guest = loadGuest();
    return guest && this.#as(guest, signal);
  }

  /** Connects as a guest with this name: the saved one, renamed if necessary, or a new one. */
  async named(name: string, signal: AbortSignal): Promise<Lobby> {
    const guest = loadGuest();
    const lobby = guest && (await this.#as(guest, signal));
    const isSame = guest?.name === name && (this.#game === undefined || guest.game === this.#game);
    if (lobby && isSame) return lobby;
    if (lobby?.state.status === "out") return this.#renamed(guest, name, signal);
    // The saved guest plays in another tab, so they stay saved for the browser.
    if (lobby) this.#onlyThisTab = true;
    return this.#new(name, signal);
  }

  /** Connects as a new guest, for this tab alone. */
  another(name: string, signal: AbortSignal): Promise<Lobby> {
    this.#onlyThisTab = true;
    return this.#new(name, signal);
  }

  async #as(guest: Guest, signal?: AbortSignal): Promise<Lobby | undefined> {
    try {
      return await Skirmish.connect(this.#url, { token: guest.token, ...(signal && { signal }) });
    } catch (error) {
      if (!(error instanceof ProblemError) || error.slug !== "unauthorized") throw error;
      forgetGuest();
      return undefined;
    }
  }

  /** Renames a guest: their token is exchanged for a new one. */
  async #renamed(guest: Guest | undefined, name: string, signal: AbortSignal): Promise<Lobby> {
    const headers = { "content-type": "application/json", authorization: `Bearer ${guest?.token}` };
    const init = { method: "POST", headers, body: JSON.stringify({ name, game: this.#game }), signal };
    const response = await fetch(`${this.#url}/lobby/guest`, init).catch((cause: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw new ConnectionError("no response to the new name", { cause });
    });
    const answer = (await response.json().catch(() => ({}))) as { token?: string };
    if (!response.ok || answer.token === undefined) {
      throw new ProblemError({ type: "about:blank", title: "The name was not changed", ...answer, status: response.status });
    }
    const lobby = await Skirmish.connect(this.#url, { token: answer.token, signal });
    saveGuest({ ...guest, token: answer.token, name, ...this.#claim() }, this.#onlyThisTab);
    return lobby;
  }

  async #new(name: string, signal: AbortSignal): Promise<Lobby> {
    const lobby = await Skirmish.connect(this.#url, { name, ...this.#claim(), signal });
    saveGuest({ token: lobby.token, name, ...this.#claim() }, this.#onlyThisTab);
    return lobby;
  }

  #claim(): { readonly game?: string } {
    return this.#game === undefined ? {} : { game: this.#game };
  }
}
