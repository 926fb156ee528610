// The games on the home screen: the pools of the server, and the texts of the chosen game.
import { byId, make, setText, show } from "./dom.js";
import { GAMES } from "./games.js";
import { showKeysHelp } from "./keys-help.js";
import type { About } from "./renderer.js";
import { setPageTitle } from "./screens.js";
import { loadPool, savePool } from "./session.js";
import { titled } from "./words.js";

/** A queue of the server. */
export interface Pool {
  readonly name: string;
  /** The game of its rooms. */
  readonly game: string;
  readonly seats_min: number;
  readonly seats_max: number;
  /** Whether a host may start with bots. */
  readonly bots: boolean;
  /** Who may watch its running matches: no one, players who know the room's code, or every player. */
  readonly watch: "off" | "code" | "all";
}

/** Used when the server has no list of pools, or cannot be reached. */
const ONLY: Pool = { name: "main", game: "arena", seats_min: 3, seats_max: 5, bots: false, watch: "off" };
const TIMEOUT_MS = 5_000;
const NUMBERS = ["no", "one", "two", "three", "four", "five"];

export class GamesMenu {
  readonly #url: string;
  #pools: readonly Pool[] = [];
  #chosen: Pool = ONLY;

  constructor(url: string) {
    this.#url = url;
    void this.#load();
  }

  /** The chosen pool. Loads the list of pools first if that failed before. */
  async pool(): Promise<string> {
    if (this.#pools.length === 0) await this.#load();
    return this.#chosen.name;
  }

  get chosen(): Pool {
    return this.#chosen;
  }

  /** Chooses the pool of a room that the player is in already. Returns the chosen pool. */
  chooseRoom(room: string): Pool {
    const [pool] = room.split(".");
    const found = this.#pools.find(({ name }) => name === pool);
    if (found) this.#choose(found);
    return this.#chosen;
  }

  async #load(): Promise<void> {
    this.#pools = await pools(this.#url);
    const named = (name: string | undefined) => this.#pools.find((pool) => pool.name === name);
    this.#choose(named(loadPool()) ?? named(ONLY.name) ?? this.#pools[0] ?? ONLY);
    const games = new Set(this.#pools.map(({ game }) => game));
    show(byId("games"), games.size > 1);
    byId("game-choices").replaceChildren(...this.#pools.map((pool) => this.#radio(pool)));
    byId("brand").classList.remove("loading");
  }

  #radio(pool: Pool): HTMLElement {
    const label = make("label", "game");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "pool", value: pool.name, checked: pool === this.#chosen });
    input.addEventListener("change", () => {
      savePool(pool.name);
      this.#choose(pool);
    });
    const isOnly = this.#pools.filter(({ game }) => game === pool.game).length === 1;
    const title = isOnly ? pool.game : `${pool.game}: ${pool.name}`;
    label.append(input, make("span", "", titled(title)));
    return label;
  }

  #choose(pool: Pool): void {
    this.#chosen = pool;
    const radio = document.querySelector<HTMLInputElement>(`#game-choices [value="${pool.name}"]`);
    if (radio) radio.checked = true;
    const about: About = GAMES[pool.game]?.about ?? { text: "" };
    const title = about.title ?? titled(pool.game);
    document.body.dataset["game"] = pool.game;
    setPageTitle(title);
    setText(byId("home-name"), title);
    setText(byId("home-text"), `${players(pool)} ${about.text}`);
    void showKeysHelp(pool.game);
  }
}

async function pools(url: string): Promise<readonly Pool[]> {
  try {
    const response = await fetch(`${url}/lobby/pools`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    const answer = (await response.json()) as { pools?: Pool[] };
    return response.ok ? (answer.pools ?? []) : [];
  } catch {
    return [];
  }
}

/** `Three to five players.` */
function players({ seats_min: min, seats_max: max }: Pool): string {
  const word = (number: number) => NUMBERS[number] ?? String(number);
  const range = min === max ? word(max) : `${word(min)} to ${word(max)}`;
  return `${range.charAt(0).toUpperCase()}${range.slice(1)} ${max === 1 ? "player" : "players"}.`;
}
