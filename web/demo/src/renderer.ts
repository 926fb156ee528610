// The interface between the page and a game's `render.ts`.
import type { GameEvent, GameShape, MatchView } from "@skirmish/sdk";

/** The fields that the page itself reads of any game: positions, scores and lives of the players. */
export interface AnyGame extends GameShape {
  readonly player: { readonly x: number; readonly y: number; readonly score?: number; readonly lives?: number };
  readonly constants: { readonly width: number; readonly height: number };
}

/** A position in the game's world, px. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Draws one match on one canvas. */
export interface Renderer<G extends AnyGame = AnyGame> {
  /** Draws the view at `now`, ms on the clock of `performance.now()`, and fits the canvas to its box. */
  draw(view: MatchView<G>, now: number): void;
  /** Converts a position to CSS px of the page. The page uses it to aim from the own player at the pointer. */
  toPage(at: Place): Place;
  /** Called when the tick of an event is drawn. */
  onEvent?(event: GameEvent, view: MatchView<G>): void;
  /** The match is over, and these players won. */
  celebrate?(winners: MatchView<G>["players"]): void;
}

/** Creates the renderer of one match. */
export type MakeRenderer = (canvas: HTMLCanvasElement) => Renderer;
