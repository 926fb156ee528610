// The screen of the listed rooms with a free seat: their hosts, their numbers of players, and buttons to join them.
import type { ListedRoom, Lobby } from "@skirmish/sdk";
import { byId, make, setText, show } from "./dom.js";
import { announce, showScreen } from "./screens.js";
import { titled } from "./words.js";

/** The player's choice on the screen. */
export type Choice = { readonly code: string } | "make";

export class RoomsScreen {
  readonly #rows = new Map<string, HTMLElement>();
  #choose: (choice: Choice) => void = () => undefined;

  /** Connects the buttons. `leave` goes back to the home screen. */
  start(leave: () => void): void {
    byId("make-listed").addEventListener("click", () => this.#choose("make"));
    byId("leave-rooms").addEventListener("click", leave);
  }

  /** Shows the rooms of this pool, and their changes, until the player chooses. @throws the signal's reason */
  async choose(lobby: Lobby, pool: string, signal: AbortSignal): Promise<Choice> {
    this.#clear();
    const stop = lobby.watchRooms({ pool, where: "free:gte:1", sort: "-players" }, (rooms) => this.#update(rooms));
    try {
      return await new Promise((resolve, reject) => {
        this.#choose = resolve;
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      });
    } finally {
      stop();
      this.#choose = () => undefined;
    }
  }

  #clear(): void {
    this.#rows.clear();
    byId("room-list").replaceChildren();
    show(byId("rooms-note"), false);
    showScreen("rooms");
    announce("Looking for rooms…");
  }

  /** Updates the rows. Their elements are kept, so that a button keeps the focus while other rooms change. */
  #update(rooms: readonly ListedRoom[]): void {
    const list = byId("room-list");
    const known = new Set(rooms.map(({ roomId }) => roomId));
    for (const [id, row] of this.#rows) {
      if (known.has(id)) continue;
      // The focus must not be lost with its button.
      if (row.contains(document.activeElement)) list.focus();
      row.remove();
      this.#rows.delete(id);
    }
    rooms.forEach((room, at) => {
      const row = this.#row(room);
      describe(row, room);
      if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
    });
    const count = rooms.length === 1 ? "1 room is open." : `${rooms.length} rooms are open.`;
    show(byId("rooms-note"), rooms.length === 0);
    setText(byId("rooms-note"), "There are no open rooms. Make one, and others can find it here.");
    announce(rooms.length === 0 ? "" : count);
  }

  #row({ roomId, code }: ListedRoom): HTMLElement {
    const known = this.#rows.get(roomId);
    if (known) return known;
    const row = make("li", "room-row");
    row.dataset["room"] = roomId;
    const join = make("button", "button small", "Join");
    join.setAttribute("type", "button");
    join.addEventListener("click", () => this.#choose({ code }));
    row.append(make("span", "room-name"), make("span", "room-game"), make("span", "room-seats"), join);
    this.#rows.set(roomId, row);
    return row;
  }
}

function describe(row: HTMLElement, { name, host, game, playerCount, seatsMax }: ListedRoom): void {
  const [title, kind, seats, join] = [...row.children] as HTMLElement[];
  // A room in which the players of a match gathered again has no name.
  const shown = name || `${host.name || "A player"}’s room`;
  if (title) setText(title, shown);
  if (kind) setText(kind, titled(game));
  if (seats) setText(seats, `${playerCount} of ${seatsMax}`);
  join?.setAttribute("aria-label", `Join: ${shown}`);
}
