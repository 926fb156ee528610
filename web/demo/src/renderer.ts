// The interface between the page and a game's `render.ts`.
import type { GameEvent, GameInput, GameShape, Input, Match, MatchView } from "@skirmish/sdk";
import type { BindingsByField } from "./bindings.js";

/** The fields of any game that the page itself uses, if the game has them: positions, scores and lives of the players. */
export interface AnyGame extends GameShape {
  readonly player: { readonly x?: number; readonly y?: number; readonly score?: number; readonly lives?: number };
}

/** A position in the game's world, px. */
export interface Place {
  readonly x: number;
  readonly y: number;
}

/** Draws one match on one canvas. */
export interface Renderer<G extends GameShape = AnyGame> {
  /** Draws the view at `now`, ms on the clock of `performance.now()`, and fits the canvas to its box. */
  draw(view: MatchView<G>, now: number): void;
  /** Converts a position to CSS px of the page. The page uses it to aim from the own player at the pointer. */
  toPage?(at: Place): Place;
  /**
   * The pointer moved or was pressed at a place of the canvas, CSS px. A renderer with this method has its own controls:
   * the page shows no sticks, and sends no direction and no `fire`.
   */
  onPointer?(at: Place, isPress: boolean): void;
  /** A key was pressed in a match whose renderer has `onPointer`. Returns true if the key belongs to the game. */
  onKey?(key: KeyboardEvent): boolean;
  /**
   * Converts the state of the page's sticks, pointer and Space to the game's input. Without this function, the page
   * binds each field of the input to a key and a button of its own.
   */
  input?(pad: Input): GameInput<G>;
  /** Called when the tick of an event is drawn. */
  onEvent?(event: GameEvent, view: MatchView<G>): void;
  /** The match is over, and these players won. */
  celebrate?(winners: MatchView<G>["players"]): void;
}

/** Creates the renderer of one match. `match` is where it sends commands; undefined for a replay. */
export type MakeRenderer = (canvas: HTMLCanvasElement, match?: Match<AnyGame>) => Renderer;

/** The texts of the page about a game. */
export interface About {
  /** The title of the page. Default: the game's name, in words. */
  readonly title?: string;
  /** A short text below the title, after the number of players. */
  readonly text: string;
  /** False if the game ignores the aim and the fire of its input: the home screen then explains no keys for them. Default: true. */
  readonly aims?: boolean;
  /** False if the game ignores the direction of its input, in the same way. Default: true. */
  readonly moves?: boolean;
  /**
   * How to play, in place of the keys that follow from the fields of the input: for a renderer with `onPointer` or `input`.
   */
  readonly help?: string;
}

/** The exports of a game's `render.ts`. */
export interface GameModule {
  readonly makeRenderer: MakeRenderer;
  /** Default: no text. */
  readonly about?: About;
  /** Other labels and keys than the page's for fields of the input, by their names. */
  readonly controls?: BindingsByField;
}
