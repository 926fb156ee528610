// The HUD: lives, time, scores, and the kill feed.
import type { GameEvent, MatchView, PlayerView } from "@skirmish/sdk";
import { byId, make, setText, show } from "./dom.js";
import type { AnyGame } from "./renderer.js";
import { isReportable } from "./reporting.js";

/** With more players, the list has the best ones and the player of this page. */
const SCORES_MAX = 8;
/** The maximum where the list is above the arena, or the window is low. */
const SCORES_MAX_SMALL = 5;
const small = matchMedia("(max-aspect-ratio: 1/1), (max-height: 480px)");
const FEED_MAX = 3;
const FEED_MS = 4_500;

export class Hud {
  readonly #lives = byId("lives");
  readonly #clock = byId("clock");
  readonly #scores = byId("scores");
  readonly #feed = byId("feed");
  readonly #banner = byId("banner");
  /** The button for a player who is out. */
  readonly #again = byId("out-again");
  readonly #status = byId("status");
  readonly #feedTimers = new Set<ReturnType<typeof setTimeout>>();
  #livesMost = 0;
  readonly #watching: boolean;
  #shown = "";

  /** `watching`: a replay, without messages to the player. */
  constructor({ watching = false } = {}) {
    this.#watching = watching;
    this.clear();
  }

  clear(): void {
    for (const timer of this.#feedTimers) clearTimeout(timer);
    this.#feedTimers.clear();
    this.#feed.replaceChildren();
    this.#scores.replaceChildren();
    this.#lives.replaceChildren();
    setText(this.#clock, "");
    show(this.#banner, false);
    show(this.#again, false);
    show(byId("report-open"), false);
    this.#shown = "";
  }

  /** Shows the numbers of a view; cheap if nothing changed. */
  update(view: MatchView<AnyGame>): void {
    this.#showClock(view);
    this.#showBanner(view);
    const most = small.matches ? SCORES_MAX_SMALL : SCORES_MAX;
    const shown = view.players.map((p) => [p.playerId, p.lives, p.score, p.alive, p.online, p.name].join()).join(";") + most;
    if (shown === this.#shown) return;
    this.#shown = shown;
    this.#showLives(view.me);
    const ownId = view.me?.playerId;
    show(byId("report-open"), !this.#watching && view.players.some(({ playerId }) => isReportable(playerId, ownId)));
    // A game without scores and lives shows its players itself.
    show(this.#scores, view.players.some(({ score, lives }) => score !== undefined || lives !== undefined));
    this.#scores.replaceChildren(...scoreRows(view.players, most));
  }

  /** Adds a kill to the feed. */
  onEvent(event: GameEvent, view: MatchView<AnyGame>): void {
    if (event.event !== "kill") return;
    const find = (id: unknown) => view.players.find((player) => player.playerId === id);
    const [by, struck] = [find(event["by"]), find(event["player_id"])];
    if (!struck) return;
    this.#feedRow([
      ...(by ? [named(by), make("span", "bolt", "➤")] : []),
      named(struck),
      ...(event["lives"] === 0 ? [make("span", "out", "out")] : []),
    ]);
    if (this.#watching) return;
    if (struck.own) setText(this.#status, lostInWords(by?.name, event["lives"]));
    else if (by?.own) setText(this.#status, `You hit ${struck.name}.`);
  }

  /** Shows a note with a colour beside it. */
  note(words: string, color: string): void {
    const dot = make("i", "dot");
    dot.style.setProperty("--player", color);
    this.#feedRow([dot, make("span", "", words)]);
    setText(this.#status, words);
  }

  #feedRow(parts: readonly HTMLElement[]): void {
    const row = make("li");
    row.append(...parts);
    this.#feed.append(row);
    while (this.#feed.children.length > FEED_MAX) this.#feed.firstElementChild?.remove();
    const timer = setTimeout(() => {
      row.remove();
      this.#feedTimers.delete(timer);
    }, FEED_MS);
    this.#feedTimers.add(timer);
  }

  #showClock({ leftMs, running }: MatchView<AnyGame>): void {
    if (leftMs === undefined) return setText(this.#clock, "");
    const seconds = Math.ceil(leftMs / 1000);
    setText(this.#clock, `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`);
    this.#clock.classList.toggle("short", running && seconds <= 10);
  }

  #showBanner({ me, running }: MatchView<AnyGame>): void {
    const out = !this.#watching && me && !me.alive;
    const words = !running ? "Waiting for all players…" : out ? "You are out. Watch the rest of the match." : "";
    setText(this.#banner, words);
    show(this.#banner, words !== "");
    show(this.#again, running && out === true);
  }

  #showLives(me: PlayerView<AnyGame> | undefined): void {
    const lives = me?.lives ?? 0;
    // The lobby may have assigned another colour than the requested one.
    if (me) this.#lives.style.setProperty("--accent", me.color);
    this.#livesMost = Math.max(this.#livesMost, lives);
    this.#lives.dataset["lives"] = String(lives);
    this.#lives.setAttribute("aria-label", lives === 1 ? "1 life left" : `${lives} lives left`);
    const pips = Array.from({ length: this.#livesMost }, (_, i) => make("i", i < lives ? "life" : "life lost"));
    this.#lives.replaceChildren(...pips);
  }
}

/** Sorts by score, then by lives; best first. */
export function byScore(a: AnyGame["player"], b: AnyGame["player"]): number {
  return (b.score ?? 0) - (a.score ?? 0) || (b.lives ?? 0) - (a.lives ?? 0);
}

/** The rows of at most this many players, and how many others there are. */
function scoreRows(players: readonly PlayerView<AnyGame>[], most: number): HTMLElement[] {
  const ranked = [...players].sort(byScore);
  if (ranked.length <= most) return ranked.map(scoreRow);
  const best = ranked.slice(0, most);
  const own = ranked.find((player) => player.own);
  if (own && !best.includes(own)) best.splice(-1, 1, own);
  const rows = best.map((player) => {
    const row = scoreRow(player);
    const rank = 1 + ranked.findIndex((other) => byScore(other, player) === 0);
    row.prepend(make("span", "row-rank", `${rank}.`));
    return row;
  });
  return [...rows, make("li", "more", `${ranked.length - best.length} more players`)];
}

function scoreRow(player: PlayerView<AnyGame>): HTMLElement {
  const row = make("li", [player.own && "own", player.bot && "bot", !player.alive && "out", !player.online && "away"].filter(Boolean).join(" "));
  row.style.setProperty("--player", player.color);
  row.dataset["player"] = player.playerId;
  const lives = make("span", "row-lives", "●".repeat(player.lives ?? 0));
  if (player.lives !== undefined) lives.setAttribute("aria-label", `${player.lives} lives`);
  const name = make("span", "row-name", player.name);
  row.append(make("i", "dot"), name);
  if (!player.online) row.append(make("span", "tag", "away"));
  else if (!player.alive) row.append(make("span", "tag", "out"));
  row.append(lives, make("b", "row-score", String(player.score ?? "")));
  return row;
}

function named(player: PlayerView<AnyGame>): HTMLElement {
  const name = make("b", "", player.name);
  name.style.setProperty("--player", player.color);
  return name;
}

function lostInWords(by: string | undefined, lives: unknown): string {
  const left = lives === 0 ? "You are out." : lives === 1 ? "One life left." : `${String(lives)} lives left.`;
  return `${by ?? "Someone"} hit you. ${left}`;
}
