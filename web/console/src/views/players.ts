// Players: where a player is, and their ban.
import { ban, unban } from "../acts.js";
import { button, field, make, setText, show } from "../dom.js";
import { Facts } from "../facts.js";
import type { Fact } from "../facts.js";
import { at, until } from "../format.js";
import { Poll } from "../poll.js";
import { playerLink, roomLink, roomsLink } from "../route.js";
import type { Route } from "../route.js";
import { toneOf } from "../tones.js";
import type { Ban, Player } from "../types.js";
import type { Context, View } from "../view.js";

const EVERY_MS = 2000;
const ID = "[0-9a-fA-F]{8}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{4}-?[0-9a-fA-F]{12}";

export function openPlayers(context: Context, { id }: Route): View {
  const search = searchForm(id);
  const element = make("div", "", make("h1", "", "Players"), search);
  const shown = id === undefined ? undefined : new PlayerCard(context, id);
  if (shown) element.append(shown.element);
  else element.append(make("p", "note", "A player’s id is the subject of their token. The list of a room’s players links here."));
  return {
    title: id === undefined ? "Players" : `Player ${id}`,
    element,
    refresh: () => shown?.refresh(),
    end: () => shown?.end(),
  };
}

function searchForm(id: string | undefined): HTMLFormElement {
  const input = make("input", "code");
  input.type = "search";
  input.required = true;
  input.pattern = ID;
  input.title = "A UUID";
  input.placeholder = "01234567-89ab-cdef-0123-456789abcdef";
  input.spellcheck = false;
  input.value = id ?? "";
  const find = make("button", "button primary", "Look up");
  const form = make("form", "filter", field("Player’s id", input, "grow"), find);
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    location.hash = playerLink(input.value.trim());
  });
  return form;
}

class PlayerCard {
  readonly element: HTMLElement;
  readonly #context: Context;
  readonly #name = make("h2");
  readonly #facts = new Facts();
  readonly #banned = new Facts();
  readonly #banCard = make("section", "card", make("h2", "", "Ban"), this.#banned.element);
  readonly #ban: HTMLButtonElement;
  readonly #unban: HTMLButtonElement;
  readonly #poll: Poll<Player>;
  #player: Player | undefined;

  constructor(context: Context, id: string) {
    this.#context = context;
    this.#ban = button("Ban", "small danger", () => this.#player && context.act(ban(this.#player)));
    this.#unban = button("Unban", "small", () => this.#player && context.act(unban(this.#player)));
    const head = make("header", "view-head", this.#name, this.#ban, this.#unban);
    const card = make("section", "card", head, this.#facts.element);
    this.element = make("div", "halves", card, this.#banCard);
    for (const part of [this.#ban, this.#unban, this.#banCard]) show(part, false);
    setText(this.#name, "Loading");
    this.#poll = new Poll(EVERY_MS, { ask: () => context.api.player(id), answer: (player) => this.#answer(player), fail: context.report });
  }

  refresh(): void {
    this.#poll.now();
  }

  end(): void {
    this.#poll.end();
  }

  #answer(player: Player): void {
    this.#context.report(undefined);
    this.#player = player;
    const mayBan = this.#context.may("moderate");
    setText(this.#name, player.name || "Player");
    show(this.#ban, mayBan);
    setText(this.#ban, player.ban ? "Change the ban" : "Ban");
    show(this.#unban, mayBan && player.ban !== null);
    show(this.#banCard, player.ban !== null);
    if (player.ban) this.#banned.set(banFacts(player.ban, Date.now()));
    this.#facts.set(facts(player, Date.now()));
  }
}

function facts(player: Player, nowMs: number): (Fact | undefined)[] {
  const { room, pool, reason, position, claim, expires_ms: expires } = player;
  return [
    { name: "State", text: player.state, tone: toneOf(player.state) },
    reason === null ? undefined : { name: "Why", text: reason },
    pool === null ? undefined : { name: "Pool", text: pool, href: roomsLink({ pool }) },
    room === null ? undefined : { name: "Room", text: room, href: roomLink(room) },
    position === null ? undefined : { name: "Position", text: String(position) },
    { name: "Lobby socket", text: player.connected ? "open" : "–" },
    player.state === "playing" ? { name: "Game socket", text: player.online ? "open" : "–" } : undefined,
    player.away ? { name: "Away", text: "the lobby socket closed" } : undefined,
    expires === null ? undefined : { name: "Expires", text: `${until(expires, nowMs)} without a sign of life` },
    claim === null ? undefined : { name: "Claim", text: claim },
    { name: "Id", text: player.player_id },
  ];
}

function banFacts({ reason, until_s: end }: Ban, nowMs: number): Fact[] {
  const ends = end === null ? "never" : `${at(end * 1000)}, ${until(end * 1000, nowMs)}`;
  return [
    { name: "Reason", text: reason },
    { name: "Ends", text: ends },
  ];
}
