// The screen of a room that a player made: its players, who of them is ready, and the host's controls.
import type { GatheringRoom, Lobby, Room, RoomPlayer } from "@skirmish/sdk";
import { byId, make, setText, show } from "./dom.js";
import { Invitation } from "./invitation.js";
import { RoomSettings } from "./room-settings.js";
import type { SettingsOptions } from "./room-settings.js";
import { announce, showScreen } from "./screens.js";
import { colorInWords, errorInWords } from "./words.js";

/** In a room with more seats, free seats have no rows. */
const SEATS_SHOWN = 8;

/** The content of the screen. */
export interface Shown extends Omit<SettingsOptions, "onError"> {
  readonly lobby: Lobby;
  readonly room: Room;
  /** The requested colour. */
  readonly wished: string;
  /** Whether the host may start with bots. */
  readonly hasBots: boolean;
}

export class RoomScreen {
  readonly #invitation = new Invitation();
  readonly #rows = new Map<string, HTMLElement>();
  #shown: Shown | undefined;
  #settings: RoomSettings | undefined;
  #stop: () => void = () => undefined;

  /** Connects the buttons. */
  start(): void {
    this.#invitation.start();
    byId("ready").addEventListener("click", () => this.#act((room) => room.ready(!this.#isReady)));
    byId("start").addEventListener("click", () => this.#act((room) => room.start({ bots: this.#bots })));
    byId("find").addEventListener("click", () => this.#act((room) => room.queue(room.info.queuedAtMs === undefined)));
    for (const input of visibilities()) {
      input.addEventListener("change", () => this.#act((room) => room.change({ visibility: input.value === "listed" ? "listed" : "private" })));
    }
  }

  /** Shows the empty screen, before the room is known. */
  wait(text: string): void {
    this.#clear();
    setText(byId("gathering-title"), text);
    announce(text);
  }

  /** Shows a room and its changes until `end`. */
  show(shown: Shown): void {
    this.#clear();
    this.#shown = shown;
    const onError = (error: unknown) => this.#refused(error);
    const settings = (this.#settings = new RoomSettings(shown.room, { ...shown, onError }));
    const dispose = shown.lobby.on("room", (room) => {
      if (room.state !== "gathering") return;
      // The group may have returned here because its room of the queue closed.
      showScreen("gathering");
      this.#update();
    });
    this.#stop = () => {
      dispose();
      settings.end();
    };
    show(byId("ready"), true);
    this.#update();
    announce(`The code of the room is ${shown.room.code}.`);
  }

  end(): void {
    this.#stop();
    this.#stop = () => undefined;
    this.#shown = undefined;
  }

  #clear(): void {
    this.end();
    this.#invitation.show(undefined);
    this.#rows.clear();
    byId("members").replaceChildren();
    for (const id of ["gathering-text", "start-hint", "gathering-note"]) setText(byId(id), "");
    for (const id of ["settings", "visibility", "start", "find", "ready"]) show(byId(id), false);
    showScreen("gathering");
  }

  /** Whether the player of this page is ready. */
  get #isReady(): boolean {
    const { room, lobby } = this.#shown ?? {};
    return room?.info.players.some(({ playerId, ready }) => playerId === lobby?.playerId && ready) ?? false;
  }

  /** The number of players that a match needs in addition to those in the room. */
  get #missing(): number {
    const info = this.#shown?.room.info;
    return info ? Math.max(0, info.seatsMin - info.players.length) : 0;
  }

  /** The number of bots in the match. */
  get #bots(): number {
    return this.#shown?.hasBots ? this.#missing : 0;
  }

  #update(): void {
    const shown = this.#shown;
    if (!shown) return;
    const { room, lobby, wished } = shown;
    const { info } = room;
    const host = info.players.find(({ playerId }) => playerId === info.host);
    setText(byId("gathering-title"), room.isHost ? "Your room" : `${host?.name ?? "A player"}’s room`);
    const isSearching = info.queuedAtMs !== undefined;
    setText(byId("gathering-text"), isSearching ? "Looking for other players…" : whatNext(room.isHost, host?.name ?? "The host"));
    this.#invitation.show(room.code);
    this.#members(info, lobby.playerId);
    const given = info.players.find(({ playerId }) => playerId === lobby.playerId)?.colors[0];
    setText(byId("gathering-note"), (given && colorInWords(wished, given)) ?? "");
    byId("ready").setAttribute("aria-pressed", String(this.#isReady));
    show(byId("visibility"), room.isHost);
    for (const input of visibilities()) input.checked = input.value === info.visibility;
    show(byId("start"), room.isHost);
    byId<HTMLButtonElement>("start").disabled = this.#missing > this.#bots;
    show(byId("find"), room.isHost);
    setText(byId("find"), isSearching ? "Stop looking" : "Find other players");
    setText(byId("start-hint"), isSearching ? "All players of this room get into the same match." : hint(info, this.#missing, this.#bots));
    this.#settings?.update();
  }

  /** Updates the rows. Their elements are kept, so that a button keeps the focus while other players join and leave. */
  #members({ players, seatsMax, host }: GatheringRoom, ownId: string | undefined): void {
    const known = new Set(players.map(({ playerId }) => playerId));
    const list = byId("members");
    for (const [id, row] of this.#rows) {
      if (known.has(id)) continue;
      // The focus must not be lost with its button.
      if (row.contains(document.activeElement)) list.focus();
      row.remove();
      this.#rows.delete(id);
    }
    players.forEach((player, at) => {
      const row = this.#row(player, ownId);
      this.#describe(row, player, host);
      if (list.children[at] !== row) list.insertBefore(row, list.children[at] ?? null);
    });
    while (list.children.length > players.length) list.lastElementChild?.remove();
    const free = seatsMax <= SEATS_SHOWN ? seatsMax - players.length : 0;
    for (let seat = 0; seat < free; seat++) {
      const row = make("li", "free");
      row.append(make("i", "dot"), make("span", "", "free"));
      list.append(row);
    }
  }

  #row({ playerId }: RoomPlayer, ownId: string | undefined): HTMLElement {
    const known = this.#rows.get(playerId);
    if (known) return known;
    const row = make("li", playerId === ownId ? "taken own" : "taken");
    row.dataset["player"] = playerId;
    row.append(make("i", "dot"), make("span", "member-name"), make("span", "badge"), make("span", "member-ready"));
    if (playerId !== ownId) {
      const actions = make("span", "member-actions");
      actions.append(
        this.#button("Make host", (room) => room.host(playerId)),
        this.#button("Remove", (room) => room.kick(playerId)),
      );
      row.append(actions);
    }
    this.#rows.set(playerId, row);
    return row;
  }

  #describe(row: HTMLElement, { playerId, name, colors, ready }: RoomPlayer, host: string): void {
    row.style.setProperty("--player", colors[0] ?? "#ffffff");
    const [, label, badge, mark] = [...row.children] as HTMLElement[];
    if (label) setText(label, name);
    if (badge) setText(badge, playerId === host ? "host" : "");
    if (mark) setText(mark, ready ? "ready" : "");
    row.classList.toggle("is-ready", ready);
    for (const button of row.querySelectorAll("button")) {
      show(button, this.#shown?.room.isHost ?? false);
      button.setAttribute("aria-label", `${button.textContent}: ${name}`);
    }
  }

  #button(text: string, act: (room: Room) => Promise<void>): HTMLElement {
    const button = make("button", "button quiet small", text);
    button.setAttribute("type", "button");
    button.addEventListener("click", () => this.#act(act));
    return button;
  }

  /** Makes a call for the room, and shows the reason if it is refused. */
  #act(act: (room: Room) => Promise<void>): void {
    const room = this.#shown?.room;
    if (room) act(room).catch((error: unknown) => this.#refused(error));
  }

  /** Shows a refusal next to the buttons, until the room changes. */
  #refused(error: unknown): void {
    setText(byId("start-hint"), errorInWords(error));
    announce(errorInWords(error));
  }
}

function whatNext(isHost: boolean, host: string): string {
  return isHost ? "Invite your friends. Then start the match, or find other players." : `${host} starts the match.`;
}

/** The choices for the visibility of the room. */
function visibilities(): HTMLInputElement[] {
  return [...byId("visibility").querySelectorAll("input")];
}

function hint({ players }: GatheringRoom, missing: number, bots: number): string {
  if (bots > 0) return `The match starts with ${bots} ${bots === 1 ? "bot" : "bots"}, or with ${bots} more ${bots === 1 ? "player" : "players"}.`;
  if (missing > 0) return `${missing} more ${missing === 1 ? "player" : "players"} needed.`;
  const ready = players.filter((player) => player.ready).length;
  return ready === players.length ? "Everybody is ready." : `${ready} of ${players.length} are ready.`;
}
