// Connects to the lobby as a guest: the guest of this browser, of this tab, or a new one.
import { ProblemError, Skirmish } from "@skirmish/sdk";
import type { Lobby } from "@skirmish/sdk";
import { forgetGuest, hasOwnGuest, loadGuest, saveGuest } from "./session.js";
import type { Guest } from "./session.js";

export class Guests {
  readonly #url: string;
  /** This tab has its own guest. */
  #onlyThisTab = hasOwnGuest();

  /** `?claim=…` of the page's address: the text for the game in a guest's token. */
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
    if (lobby?.state.status === "out") return this.#renamed(lobby, name);
    // The saved guest plays in another tab, so it stays saved for the browser.
    if (lobby) this.#onlyThisTab = true;
    return this.#new(name, signal);
  }

  /** Connects as a new guest, for this tab only. */
  another(name: string, signal: AbortSignal): Promise<Lobby> {
    this.#onlyThisTab = true;
    return this.#new(name, signal);
  }

  async #as(guest: Guest, signal?: AbortSignal): Promise<Lobby | undefined> {
    try {
      return this.#saved(await Skirmish.connect(this.#url, { token: guest.token, ...(signal && { signal }) }), guest);
    } catch (error) {
      if (!(error instanceof ProblemError) || error.slug !== "unauthorized") throw error;
      forgetGuest();
      return undefined;
    }
  }

  /** The guest stays the same player, with another name. */
  async #renamed(lobby: Lobby, name: string): Promise<Lobby> {
    await lobby.change({ name, ...this.#claim() });
    this.#save({ token: lobby.token, name, ...this.#claim() });
    return lobby;
  }

  async #new(name: string, signal: AbortSignal): Promise<Lobby> {
    const lobby = await Skirmish.connect(this.#url, { name, ...this.#claim(), signal });
    return this.#saved(lobby, { token: lobby.token, name, ...this.#claim() });
  }

  /** Saves the guest now, and whenever they have a new token. */
  #saved(lobby: Lobby, guest: Guest): Lobby {
    this.#save({ ...guest, token: lobby.token });
    lobby.on("token", (token) => this.#save({ ...(loadGuest() ?? guest), token }));
    return lobby;
  }

  #save(guest: Guest): void {
    saveGuest(guest, this.#onlyThisTab);
  }

  #claim(): { readonly game?: string } {
    return this.#game === undefined ? {} : { game: this.#game };
  }
}
