// The renderer of cards: the table, the other players, and the own hand, whose cards are played by a tap.
import { CommandError } from "@skirmish/sdk";
import type { GameEvent, GameShape, Match, MatchView, PlayerView } from "@skirmish/sdk";
import { fade } from "@skirmish/demo/colors.js";
import { reducedMotion } from "@skirmish/demo/dom.js";
import type { About, MakeRenderer, Place, Renderer } from "@skirmish/demo/renderer.js";
import { announce } from "@skirmish/demo/screens.js";
import { play } from "@skirmish/demo/sounds.js";
import { colorOf, drawCard, matches } from "./render/card.js";
import type { Rules } from "./render/card.js";
import { isOn, layoutOf } from "./render/layout.js";
import type { Layout } from "./render/layout.js";

const FLIGHT_MS = 320;
/** The size of another player's card, relative to a card of the own hand. */
const OTHERS_SCALE = 0.44;
/** The distance from another player down to the middle of their cards. */
const CARDS_BELOW_PX = 58;
const NOTE_MS = 2_600;
const PIXEL_RATIO_MAX = 2.5;
const HELP = "Click a card to play it, or the deck to draw. Keys: 1–8 play, D draws";

/** The game's reasons, in words. */
const REASONS: Readonly<Record<string, string>> = {
  not_your_turn: "It is not your turn",
  not_your_card: "You do not have this card",
  does_not_match: "Play the same colour or the same value",
  match_over: "The match is over",
  too_fast: "Too many commands",
};

const SLOTS = ["card1", "card2", "card3", "card4", "card5", "card6", "card7", "card8"] as const;

/** The types of cards, as in `src/lib.rs`. A card is 0 if there is none, or if the player of this page cannot see it. */
interface Cards extends GameShape {
  readonly match: { readonly turn: number; readonly top: number; readonly turnLeft: number; readonly turnTicks: number };
  readonly player: Readonly<Record<(typeof SLOTS)[number], number>> & { readonly cards: number; readonly back: number; readonly out: boolean };
  readonly constants: Rules;
  readonly commands: { readonly play_card: { readonly card: number }; readonly draw: Readonly<Record<never, never>> };
}

type Player = PlayerView<Cards>;

/** A card in flight. */
interface Flight {
  readonly card: number;
  readonly from: Place;
  readonly to: Place;
  readonly at: number;
  /** The design of the back. */
  readonly back: number;
}

export const about: About = { text: "Same colour or same value. Get rid of your cards.", help: HELP };

export const makeRenderer: MakeRenderer = (canvas, match) => {
  return new CardsRenderer(canvas, match as Match<Cards> | undefined) as Renderer;
};

class CardsRenderer implements Renderer<Cards> {
  readonly #canvas: HTMLCanvasElement;
  readonly #context: CanvasRenderingContext2D;
  readonly #match: Match<Cards> | undefined;
  /** The cards of the own hand, and where each of them is drawn. */
  readonly #hand = new Map<number, Place>();
  /** The number of cards of each player in the last drawn frame. */
  readonly #counts = new Map<string, number>();
  #flights: Flight[] = [];
  /** The cards on top of the pile; the last one may still be in flight. */
  #pile: number[] = [];
  #turn: number | undefined;
  #layout: Layout | undefined;
  #pointer: Place | undefined;
  #note: { readonly text: string; readonly until: number } | undefined;
  #winners = "";
  /** A command has no result yet. */
  #waits = false;

  constructor(canvas: HTMLCanvasElement, match: Match<Cards> | undefined) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser has no canvas");
    this.#canvas = canvas;
    this.#context = context;
    this.#match = match;
  }

  draw(seen: MatchView<Cards>, now: number): void {
    const view = withKnownHand(seen);
    const { width, height } = this.#fit();
    const own = view.players.findIndex((player) => player.own);
    const others = [...view.players.slice(own + 1), ...view.players.slice(0, Math.max(0, own))];
    const hand = view.me ? cardsOf(view.me) : [];
    const layout = (this.#layout = layoutOf(width, height, hand.length, others.length));
    const places = new Map(others.map((player, at) => [player.playerId, layout.others[at] ?? layout.deck]));
    if (view.me) places.set(view.me.playerId, layout.own);
    this.#track(view, hand, places, now);
    this.#drawTable(view, now);
    for (const player of view.players) {
      const at = places.get(player.playerId) ?? layout.deck;
      this.#drawPlayer(player, at, view);
    }
    this.#drawHand(view, hand);
    for (const { card, from, to, at, back } of this.#flights) {
      const share = 1 - (1 - Math.min(1, (now - at) / FLIGHT_MS)) ** 3;
      const [x, y] = [from.x + (to.x - from.x) * share, from.y + (to.y - from.y) * share];
      // A drawn card shrinks to the size of the cards of the player who drew it.
      const height = layout.card * (card > 0 ? 1 : 1 - share * (1 - OTHERS_SCALE));
      drawCard(this.#context, card, view.arena, { x, y, height, angle: (1 - share) * 0.5, back });
    }
    this.#drawNote(view, now);
  }

  onEvent({ event, player_id: id }: GameEvent, view: MatchView<Cards>): void {
    const player = view.players.find(({ playerId }) => playerId === id);
    if (event === "timed_out" && player) this.#say(player.own ? "Time is up: you drew a card" : `${player.name} ran out of time`);
  }

  celebrate(winners: MatchView<Cards>["players"]): void {
    const names = winners.map(({ own, name }) => (own ? "You" : name));
    this.#winners = names.length === 1 && names[0] !== "You" ? `${names[0]} wins` : `${names.join(" and ")} win`;
    if (winners.some(({ own }) => own)) play("point");
  }

  onPointer(at: Place, isPress: boolean): void {
    this.#pointer = at;
    const layout = this.#layout;
    const card = this.#cardAt(at);
    const onDeck = layout !== undefined && isOn(at, layout.deck, layout.card);
    this.#canvas.style.cursor = card !== undefined || onDeck ? "pointer" : "default";
    if (!isPress) return;
    if (card !== undefined) this.#play(card);
    else if (onDeck) this.#request((match) => match.command("draw"));
  }

  onKey({ code }: KeyboardEvent): boolean {
    const digit = /^(?:Digit|Numpad)([1-8])$/.exec(code)?.[1];
    const card = [...this.#hand.keys()][Number(digit) - 1];
    if (card !== undefined) this.#play(card);
    else if (code === "KeyD" || code === "Space") this.#request((match) => match.command("draw"));
    else return digit !== undefined;
    return true;
  }

  #play(card: number): void {
    this.#request((match) => match.command("play_card", { card }));
  }

  /** Sends a command, unless one is on its way, and shows why the game refused it. */
  #request(send: (match: Match<Cards>) => Promise<unknown>): void {
    if (!this.#match || this.#waits) return;
    this.#waits = true;
    const refused = (error: unknown) => {
      if (!(error instanceof CommandError)) throw error;
      this.#say(REASONS[error.reason] ?? error.reason);
    };
    void send(this.#match)
      .catch(refused)
      .finally(() => (this.#waits = false));
  }

  #say(text: string): void {
    announce(text);
    this.#note = { text, until: performance.now() + NOTE_MS };
  }

  /** The card of the own hand at this place. The cards overlap: the last one is on top. */
  #cardAt(at: Place): number | undefined {
    const height = this.#layout?.card ?? 0;
    return [...this.#hand].reverse().find(([, place]) => isOn(at, place, height))?.[0];
  }

  #fit(): { width: number; height: number } {
    const { clientWidth: width, clientHeight: height } = this.#canvas;
    const ratio = Math.min(PIXEL_RATIO_MAX, devicePixelRatio || 1);
    const [wide, high] = [Math.round(width * ratio), Math.round(height * ratio)];
    if (this.#canvas.width !== wide) this.#canvas.width = wide;
    if (this.#canvas.height !== high) this.#canvas.height = high;
    this.#context.setTransform(ratio, 0, 0, ratio, 0, 0);
    return { width, height };
  }

  /** Starts a flight for each card that was played or drawn since the last frame. */
  #track(view: MatchView<Cards>, hand: readonly number[], places: ReadonlyMap<string, Place>, now: number): void {
    const { deck, pile, card } = this.#layout!;
    const { top, turn } = view.match;
    this.#flights = this.#flights.filter(({ at }) => now - at < FLIGHT_MS);
    for (const [held, from] of this.#hand) {
      if (hand.includes(held)) continue;
      this.#hand.delete(held);
      this.#throw(held, from, now);
    }
    if (!this.#pile.includes(top)) {
      const player = this.#turn === undefined ? undefined : view.players[this.#turn];
      this.#throw(top, (player && places.get(player.playerId)) ?? pile, now);
    }
    for (const { playerId, own, cards, back } of view.players) {
      const { x, y } = places.get(playerId) ?? deck;
      const to = { x, y: y + CARDS_BELOW_PX + (card * OTHERS_SCALE) / 2 };
      if (cards > (this.#counts.get(playerId) ?? cards) && !own) this.#fly({ card: 0, from: deck, to, at: now, back });
      this.#counts.set(playerId, cards);
    }
    if (turn !== this.#turn && view.players[turn]?.own && this.#match) play("spawn");
    this.#turn = turn;
  }

  /** A card flies to the pile. */
  #throw(card: number, from: Place, now: number): void {
    this.#pile = [...this.#pile.filter((other) => other !== card), card].slice(-3);
    this.#fly({ card, from, to: this.#layout!.pile, at: now, back: 0 });
    play("shot");
  }

  #fly(flight: Flight): void {
    if (!reducedMotion.matches) this.#flights.push(flight);
  }

  #drawTable({ arena, match, players, me }: MatchView<Cards>, now: number): void {
    const context = this.#context;
    const { width, height, card, deck, pile } = this.#layout!;
    context.fillStyle = "#07090d";
    context.fillRect(0, 0, width, height);
    const felt = context.createRadialGradient(width / 2, height / 2, 0, width / 2, height / 2, Math.max(width, height) * 0.62);
    felt.addColorStop(0, "#17463f");
    felt.addColorStop(0.6, "#0e2a2b");
    felt.addColorStop(1, "#07090d");
    context.fillStyle = felt;
    context.fillRect(0, 0, width, height);
    const isOwnTurn = this.#match !== undefined && players[match.turn]?.own === true;
    for (const lift of [6, 4, 2, 0]) {
      const frame = lift === 0 && isOwnTurn ? { frame: fade("#ffffff", 0.35 + 0.25 * Math.sin(now / 300)) } : {};
      drawCard(context, 0, arena, { x: deck.x - lift, y: deck.y + lift, height: card, back: me?.back ?? 0, ...frame });
    }
    // The cards of the pile, without those that are still flying.
    const lying = this.#pile.filter((top) => !this.#flights.some((flight) => flight.card === top));
    for (const top of lying) {
      const isTop = top === lying.at(-1);
      const angle = isTop ? 0 : ((top * 37) % 11) / 20 - 0.25;
      drawCard(context, top, arena, { ...pile, height: card, angle, ...(isTop ? { frame: colorOf(top, arena) } : {}) });
    }
  }

  #drawPlayer(player: Player, { x, y }: Place, { match, players, arena }: MatchView<Cards>): void {
    const context = this.#context;
    const card = this.#layout!.card * OTHERS_SCALE;
    context.save();
    context.globalAlpha = player.online && player.alive ? 1 : 0.4;
    if (!player.own) {
      const known = cardsOf(player);
      const room = this.#layout!.othersWidth - card;
      const step = Math.min(card * 0.36, room / Math.max(1, player.cards - 1));
      for (let at = 0; at < player.cards; at++) {
        const off = at - (player.cards - 1) / 2;
        const look = { x: x + off * step, y: y + CARDS_BELOW_PX + card / 2 + off * off * 0.8, height: card, angle: off * 0.06, back: player.back };
        drawCard(context, known[at] ?? 0, arena, look);
      }
    }
    const isTurn = players[match.turn] === player;
    context.fillStyle = player.color;
    circle(context, x, y, 21);
    context.fill();
    context.lineWidth = 4;
    context.strokeStyle = "#ffffff1c";
    circle(context, x, y, 28);
    context.stroke();
    const share = match.turnLeft / Math.max(1, match.turnTicks);
    if (isTurn) {
      context.strokeStyle = share < 0.25 ? "#ff5d5d" : "#ffffff";
      context.beginPath();
      context.arc(x, y, 28, -Math.PI / 2, -Math.PI / 2 + share * 2 * Math.PI);
      context.stroke();
    }
    context.textBaseline = "middle";
    label(context, String(player.cards), x, y + 1, 20, "#0b0e14");
    const state = player.out ? " (left)" : player.online ? "" : " (away)";
    label(context, `${player.own ? "You" : player.name}${state}`, x, y + 44, 14, isTurn ? "#ffffff" : "#b8c6d8", this.#layout!.othersWidth);
    context.restore();
  }

  #drawHand({ arena, match, players }: MatchView<Cards>, hand: readonly number[]): void {
    const { card: height, hand: targets, deck } = this.#layout!;
    const isOwnTurn = players[match.turn]?.own === true && this.#winners === "";
    const hovered = this.#pointer && this.#cardAt(this.#pointer);
    hand.forEach((card, at) => {
      const target = targets[at] ?? deck;
      const place = this.#hand.get(card) ?? { ...deck };
      const fits = isOwnTurn && matches(card, match.top, arena);
      const lift = (fits ? height * 0.14 : 0) + (card === hovered ? height * 0.08 : 0);
      const pace = reducedMotion.matches ? 1 : 0.22;
      const [dx, dy] = [target.x - place.x, target.y - lift - place.y];
      // Deleted and set again, so that the map has the order of the hand.
      this.#hand.delete(card);
      this.#hand.set(card, { x: place.x + dx * pace, y: place.y + dy * pace });
      const light = isOwnTurn && !fits ? 0.6 : 1;
      drawCard(this.#context, card, arena, { ...this.#hand.get(card)!, height, light, ...(fits ? { frame: "#ffffff" } : {}) });
    });
  }

  #drawNote({ arena, players, match, running }: MatchView<Cards>, now: number): void {
    const context = this.#context;
    const { note, width, height, pile, card } = this.#layout!;
    context.textBaseline = "middle";
    if (this.#winners) {
      label(context, this.#winners, width / 2, pile.y - card * 0.78, Math.min(54, width / 11), "#ffffff");
      return;
    }
    if (!running) return;
    const player = players[match.turn];
    const fits = [...this.#hand.keys()].some((held) => matches(held, match.top, arena));
    const turn = player?.own ? (fits ? "Your turn" : "Your turn: draw a card") : player ? `${player.name}’s turn` : "";
    const notice = this.#note && now < this.#note.until ? this.#note.text : undefined;
    const left = Math.ceil(match.turnLeft / 60);
    const text = notice ?? (player?.own && left <= 5 ? `${turn} (${left} s)` : turn);
    label(context, text, note.x, note.y, 18, notice ? "#ffd27a" : player?.own ? "#ffffff" : "#8fa3b8");
    if (this.#match && width > 560 && matchMedia("(pointer: fine)").matches) label(context, HELP, width / 2, height - 16, 13, "#7d90a5");
  }
}

function cardsOf(player: Player): number[] {
  return SLOTS.map((slot) => player[slot]).filter((card) => card > 0);
}

/** A watcher who follows a player does not see the hand: the player is then drawn as the others. */
function withKnownHand(view: MatchView<Cards>): MatchView<Cards> {
  const { me } = view;
  if (!me || me.cards === 0 || cardsOf(me).length > 0) return view;
  return { ...view, me: undefined, players: view.players.map((player) => ({ ...player, own: false })) };
}

function circle(context: CanvasRenderingContext2D, x: number, y: number, radius: number): void {
  context.beginPath();
  context.arc(x, y, radius, 0, 2 * Math.PI);
}

function label(context: CanvasRenderingContext2D, text: string, x: number, y: number, size: number, color: string, most?: number): void {
  context.font = `600 ${size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.fillStyle = color;
  context.fillText(text, x, y, most);
}
