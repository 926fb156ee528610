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

/** What the page says about a game. */
export interface About {
  /** The title of the page. Default: the game's name, in words. */
  readonly title?: string;
  /** A few words below the title, after the number of players. */
  readonly text: string;
  /** False if players neither aim nor fire: the home screen then explains no keys for that. Default: true. */
  readonly aims?: boolean;
}

/** What a game's `render.ts` exports. */
export interface GameModule {
  readonly makeRenderer: MakeRenderer;
  /** Default: no text. */
  readonly about?: About;
}
