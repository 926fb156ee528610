// The way to a lobby as the right guest: the one of this browser, of this tab, or a new one.
import { ConnectionError, ProblemError, Skirmish } from "@skirmish/sdk";
import type { Lobby } from "@skirmish/sdk";
import { forgetGuest, hasOwnGuest, loadGuest, saveGuest } from "./session.js";
import type { Guest } from "./session.js";

export class Guests {
  readonly #url: string;
  /** This tab plays as a guest of its own. */
  #onlyThisTab = hasOwnGuest();

  constructor(url: string) {
    this.#url = url;
  }

  /** The lobby as the guest that is remembered; undefined where there is none, or his token has run out. */
  async remembered(signal?: AbortSignal): Promise<Lobby | undefined> {
    const guest = loadGuest();
    return guest && this.#as(guest, signal);
  }

  /** The lobby as a guest of this name: the remembered one, by a new name if need be, else a new one. */
  async named(name: string, signal: AbortSignal): Promise<Lobby> {
    const guest = loadGuest();
    const lobby = guest && (await this.#as(guest, signal));
    if (lobby && guest.name === name) return lobby;
    if (lobby?.state.status === "out") return this.#renamed(guest, name, signal);
    // The guest who plays in another tab keeps their place in the browser's memory, to come back to.
    if (lobby) this.#onlyThisTab = true;
    return this.#new(name, signal);
  }

  /** The lobby as one more guest, for this tab alone. */
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

  /** The same player by another name: a guest's token gets another one. */
  async #renamed(guest: Guest | undefined, name: string, signal: AbortSignal): Promise<Lobby> {
    const headers = { "content-type": "application/json", authorization: `Bearer ${guest?.token}` };
    const init = { method: "POST", headers, body: JSON.stringify({ name }), signal };
    const response = await fetch(`${this.#url}/lobby/guest`, init).catch((cause: unknown) => {
      if (signal.aborted) throw signal.reason;
      throw new ConnectionError("the new name was not answered", { cause });
    });
    const answer = (await response.json().catch(() => ({}))) as { token?: string };
    if (!response.ok || answer.token === undefined) {
      throw new ProblemError({ type: "about:blank", title: "No new name", ...answer, status: response.status });
    }
    const lobby = await Skirmish.connect(this.#url, { token: answer.token, signal });
    saveGuest({ token: answer.token, name }, this.#onlyThisTab);
    return lobby;
  }

  async #new(name: string, signal: AbortSignal): Promise<Lobby> {
    const lobby = await Skirmish.connect(this.#url, { name, signal });
    saveGuest({ token: lobby.token, name }, this.#onlyThisTab);
    return lobby;
  }
}
