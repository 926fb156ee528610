// What the numbers of a game mean: its schema, as the engine describes it.

/** How a number is meant. `seat` and `thing` name somebody and something. */
export type Unit = "px" | "radians" | "flag" | "count" | "ticks" | "seat" | "thing";

type Pairs<T> = readonly (readonly [name: string, T])[];

export interface Description {
  /** The fields of a player; then, by list, those of everything else. */
  readonly player: Pairs<Unit>;
  readonly things: Pairs<Pairs<Unit>>;
  readonly events: Pairs<Pairs<Unit>>;
  /** What may be chosen, in the engine's order: the names, and what they are where nothing is said. */
  readonly settings: readonly string[];
  readonly defaults: readonly number[];
  /** What never changes, by the names of a welcome. */
  readonly constants: Readonly<Record<string, number>>;
}

/** `player_radius` as `playerRadius`. */
export function camel(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

/** A value as a program wants it: a flag is true or false. */
export function valueOf(unit: Unit, value: number): number | boolean {
  return unit === "flag" ? value !== 0 : value;
}
