// The schema of a game, as the engine describes it.

/** The unit of a number. `seat` and `thing` are references to a player and to an entity. */
export type Unit = "px" | "px_per_tick" | "radians" | "flag" | "count" | "ticks" | "seat" | "thing";

type Pairs<T> = readonly (readonly [name: string, T])[];

/** A command of a game: its name, the names of its arguments, and whether it has a text. */
export type CommandKind = readonly [name: string, args: readonly string[], hasText: boolean];

/** A field of a game's input: its name and kind, and the greatest value of a choice or a count. */
export type InputField = readonly [
  name: string,
  kind: "button" | "hold" | "axis" | "direction" | "angle" | "choice" | "count",
  greatest?: number,
];

/** The schema of a game: names and units of its numbers. */
export interface Description {
  /** Ticks per second. */
  readonly ticksPerSecond: number;
  /** The number of seats in a scene. */
  readonly slots: number;
  /** The fields of the match itself. */
  readonly match: Pairs<Unit>;
  /** The fields of a player; `things` are the fields of the entities, by the name of their list. */
  readonly player: Pairs<Unit>;
  readonly things: Pairs<Pairs<Unit>>;
  readonly events: Pairs<Pairs<Unit>>;
  readonly commands: readonly CommandKind[];
  /** The fields of a player's input, in order. */
  readonly input: readonly InputField[];
  /** The names of the settings in the engine's order; `defaults` are their values. */
  readonly settings: readonly string[];
  readonly defaults: readonly number[];
  /** The minimum and the maximum of each setting. */
  readonly ranges: readonly (readonly [least: number, greatest: number])[];
  /** The game's constants, by their names in the message `welcome`. */
  readonly constants: Readonly<Record<string, number>>;
}

/** Converts snake case to camel case: `player_radius` to `playerRadius`. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** Converts a flag to a boolean; other values stay numbers. */
export function valueOf(unit: Unit, value: number): number | boolean {
  return unit === "flag" ? value !== 0 : value;
}
