// What the page asks of whoever draws a game. A game's own `render.ts` implements it; `games.ts` names them all.
import type { GameEvent, GameShape, MatchView } from "@skirmish/sdk";

/** What the page itself reads of any game: where players are, and what the numbers around the picture show. */
export interface AnyGame extends GameShape {
  readonly player: { readonly x: number; readonly y: number; readonly score?: number; readonly lives?: number };
  readonly constants: { readonly width: number; readonly height: number };
}

/** A place in the game, px of its world. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Draws one match on one canvas. */
export interface Renderer<G extends AnyGame = AnyGame> {
  /** Draws what there is at `now`, ms on the clock of `performance.now()`, and fits the canvas to its box. */
  draw(view: MatchView<G>, now: number): void;
  /** Where a place is drawn, CSS px of the page: the pointer aims from the own player's. */
  toPage(at: Place): Place;
  /** Something happened, and it is drawn now. */
  tell?(event: GameEvent, view: MatchView<G>): void;
  /** The match is over; these came first. */
  celebrate?(winners: MatchView<G>["players"]): void;
}

/** Makes what draws one match. */
export type MakeRenderer = (canvas: HTMLCanvasElement) => Renderer;
