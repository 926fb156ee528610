// The screens and the menus around the match.
import type { MatchView, RoomInfo, Score } from "@skirmish/sdk";
import type { AnyGame } from "./renderer.js";
import { byId, make, setText, show } from "./dom.js";
import { SWATCHES } from "./colors.js";
import { isReportable } from "./reporting.js";
import { colorInWords } from "./words.js";

export type ScreenName = "home" | "rooms" | "queue" | "room" | "opening" | "gathering" | "match" | "replay" | "over";

/** In a room with more seats, the free seats share a row. */
const SEATS_SHOWN = 8;
const SECTIONS = ["home", "rooms", "waiting", "gathering", "match", "over"] as const;

const TITLES: Readonly<Record<ScreenName, string>> = {
  home: "",
  rooms: "Open rooms",
  queue: "Finding a match",
  room: "Get ready",
  opening: "Opening a match",
  gathering: "Room",
  match: "Match",
  replay: "Replay",
  over: "Match over",
};

/** The title of the chosen game. */
let pageTitle = "Skirmish";
/** The title of the screen. */
let screenTitle = "";

/** Sets the title of the game, which all titles of the page end with. */
export function setPageTitle(title: string): void {
  pageTitle = title;
  const screen = document.body.dataset["screen"] as ScreenName;
  // The title of a match's end is its result.
  if (screen !== "over") entitle(screenTitle);
}

function entitle(text: string): void {
  document.title = text === "" ? pageTitle : `${text} – ${pageTitle}`;
}

/** The section of a screen, if it has another name. */
const SECTION_OF: Partial<Record<ScreenName, (typeof SECTIONS)[number]>> = {
  queue: "waiting",
  room: "waiting",
  opening: "waiting",
  replay: "match",
};

/** Shows a screen. Some of them share a section. `title`: another title of the page than the screen's. */
export function showScreen(name: ScreenName, title = TITLES[name]): void {
  const section = SECTION_OF[name] ?? name;
  const changed = document.body.dataset["screen"] !== name;
  document.body.dataset["screen"] = name;
  for (const other of SECTIONS) show(byId(other), other === section);
  screenTitle = title;
  entitle(title);
  if (!changed) return;
  scrollTo(0, 0);
  if (section === "match") byId("arena").focus({ preventScroll: true });
  if (name === "over") byId("over-title").focus({ preventScroll: true });
  if (name === "rooms") byId("rooms-title").focus({ preventScroll: true });
  if (name === "gathering") byId("gathering-title").focus({ preventScroll: true });
}

/** Sets the status line, which screen readers announce. */
export function announce(text: string): void {
  setText(byId("status"), text);
}

/** Shows a problem above the form, and the label of its button; undefined hides it. */
export function showProblem(text: string | undefined, label = "Try again"): void {
  setText(byId("problem-text"), text ?? "");
  setText(byId("retry"), label);
  show(byId("problem"), text !== undefined);
}

export interface Running {
  readonly title: string;
  readonly text: string;
  readonly rejoin: string;
  readonly canForfeit: boolean;
}

/** Shows that the player has a match or waits for one already; undefined hides it. */
export function showRunning(running: Running | undefined): void {
  show(byId("running"), running !== undefined);
  show(byId("join"), running === undefined);
  if (!running) return;
  setText(byId("running-title"), running.title);
  setText(byId("running-text"), running.text);
  setText(byId("rejoin"), running.rejoin);
  show(byId("forfeit"), running.canForfeit);
}

/** Fills in the colours, and calls back on each choice. The name of the chosen colour is shown as text. */
export function makeSwatches(chosen: string, onChoice: (color: string) => void): void {
  const swatches = SWATCHES.map(({ color, name }) => {
    const label = make("label", "swatch");
    const input = document.createElement("input");
    Object.assign(input, { type: "radio", name: "color", value: color, checked: color === chosen });
    input.setAttribute("aria-label", name);
    input.addEventListener("change", () => {
      setText(byId("color-name"), name);
      onChoice(color);
    });
    if (color === chosen) setText(byId("color-name"), name);
    const dot = make("span");
    dot.style.setProperty("--player", color);
    label.title = name;
    label.append(input, dot);
    return label;
  });
  byId("colors").replaceChildren(...swatches);
}

export function showQueue(position: number): void {
  showScreen("queue");
  setText(byId("waiting-title"), "Finding a match");
  setText(byId("queue-position"), String(position));
  announce(position === 1 ? "You are next in line." : `You are number ${position} in the queue.`);
}

/** Shows that a watched match is being opened. */
export function showOpening(): void {
  showScreen("opening");
  setText(byId("waiting-title"), "Opening the match");
  setText(byId("color-note"), "");
  byId("room-players").replaceChildren();
  byId("waiting").classList.remove("counting");
  announce("Waiting for the first picture…");
}

/** `wished`: the requested colour of the own player. `hasBots`: bots fill the match. */
export function showRoom(room: RoomInfo, ownId: string | undefined, wished: string, hasBots: boolean): void {
  showScreen("room");
  const count = room.players.length;
  const needed = Math.max(0, room.seatsMin - count);
  const missing = hasBots ? 0 : needed;
  setText(byId("waiting-title"), missing > 0 ? "Waiting for players" : "Get ready");
  byId("room-players").replaceChildren(...room.players.map((player) => takenSeat(player, ownId)), ...freeSeats(room));
  const given = room.players.find((player) => player.playerId === ownId)?.colors[0];
  setText(byId("color-note"), (given && colorInWords(wished, given)) ?? "");
  const here = count === 1 ? "1 player is here" : `${count} players are here`;
  if (missing > 0) announce(`${here}. ${missing} more needed.`);
  else announce(needed > 0 ? `${here}. Bots fill the match.` : `${here}.`);
}

function takenSeat(player: RoomInfo["players"][number], ownId: string | undefined): HTMLElement {
  const seat = make("li", "taken");
  seat.append(make("i", "dot"), make("span", "", player.name));
  seat.dataset["player"] = player.playerId;
  seat.style.setProperty("--player", player.colors[0] ?? "#ffffff");
  if (player.playerId === ownId) seat.classList.add("own");
  return seat;
}

/** A row for each free seat; in a large room, one row for all of them. */
function freeSeats(room: RoomInfo): HTMLElement[] {
  const free = room.seatsMax - room.players.length;
  const isLarge = room.seatsMax > SEATS_SHOWN;
  const rows = Array.from({ length: isLarge ? Math.min(free, 1) : free }, () => make("li", "free"));
  for (const row of rows) row.append(make("i", "dot"), make("span", "", isLarge ? `${free} free` : "free"));
  return rows;
}

/** Shows the whole seconds until the start; undefined: there is no countdown. */
export function showCountdown(seconds: number | undefined): void {
  const label = seconds === undefined ? "Waiting for players" : seconds > 0 ? "Starts in" : "Here we";
  setText(byId("countdown-label"), label);
  setText(byId("countdown"), seconds === undefined ? "…" : seconds > 0 ? String(seconds) : "go");
  byId("waiting").classList.toggle("counting", seconds !== undefined);
}

export function showOver(scores: readonly Score[], last: MatchView<AnyGame> | undefined, ownId: string | undefined): void {
  const own = scores.find((score) => score.playerId === ownId);
  const best = scores.filter((score) => score.rank === 1);
  const won = own?.rank === 1;
  const others = best.map((score) => score.name).join(" and ");
  const title = won ? (best.length > 1 ? "It’s a draw" : "You win") : others ? `${others} ${best.length > 1 ? "win" : "wins"}` : "Match over";
  setText(byId("over-title"), title);
  byId("over").classList.toggle("won", won);
  const text = own ? `You finished ${place(own.rank)} of ${scores.length} with ${points(own.score)}.` : "";
  setText(byId("over-text"), text);
  byId("final-scores").replaceChildren(...scores.map((score) => withReport(rankRow(score, ownId, last), score, ownId)));
  showScreen("over");
  entitle(title);
  announce(`${title}. ${text}`);
}

/** Shows the leaderboard; undefined while it loads. */
export function showLeaderboard(entries: readonly Score[] | undefined, ownId: string | undefined): void {
  const board = byId("leaderboard");
  if (!entries) return board.replaceChildren(make("li", "note", "Loading…"));
  const rows = entries.map((entry) => rankRow(entry, ownId, undefined));
  board.replaceChildren(...(rows.length > 0 ? rows : [make("li", "note", "Nobody has scored yet.")]));
}

function rankRow(score: Score, ownId: string | undefined, last: MatchView<AnyGame> | undefined): HTMLElement {
  const row = make("li", score.playerId === ownId ? "own" : "");
  row.dataset["player"] = score.playerId;
  const color = last?.players.find((player) => player.playerId === score.playerId)?.color;
  if (color) row.style.setProperty("--player", color);
  row.append(make("span", "rank", String(score.rank)));
  if (color) row.append(make("i", "dot"));
  row.append(make("span", "row-name", score.name), make("b", "row-score", String(score.score)));
  return row;
}

/** Adds the button that reports the player. */
function withReport(row: HTMLElement, { playerId, name }: Score, ownId: string | undefined): HTMLElement {
  if (!isReportable(playerId, ownId)) return row;
  const button = make("button", "link report", "Report");
  button.setAttribute("type", "button");
  button.setAttribute("aria-label", `Report ${name}`);
  button.dataset["testid"] = "report-player";
  row.lastElementChild?.before(button);
  return row;
}

function place(rank: number): string {
  return ["first", "second", "third", "fourth", "fifth"][rank - 1] ?? `number ${rank}`;
}

function points(score: number): string {
  return score === 1 ? "1 point" : `${score} points`;
}
