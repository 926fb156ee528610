// What to draw at a moment, as types: named as the game itself names it.
import type { Connection } from "./socket.js";

/** A game's numbers as types: what its schema and constants name, in camel case. */
export interface GameShape {
  /** The fields of a player: lengths in px, angles in radians, flags as booleans. */
  readonly player: object;
  /** The fields of everything else, by the names of its lists. */
  readonly things: object;
  /** What never changes. */
  readonly constants: object;
}

/** The arena's numbers. */
export interface Arena extends GameShape {
  readonly player: {
    readonly x: number;
    readonly y: number;
    /** Radians, 0 to the right, growing clockwise. */
    readonly aim: number;
    readonly lives: number;
    readonly score: number;
    /** Ticks until the next shot; above `cooldownTicks`, nothing can hit this player. */
    readonly timer: number;
  };
  readonly things: { readonly projectiles: { readonly x: number; readonly y: number; readonly angle: number } };
  readonly constants: {
    readonly width: number;
    readonly height: number;
    readonly playerRadius: number;
    readonly projectileRadius: number;
    /** px/s. */
    readonly playerSpeed: number;
    /** px/s. */
    readonly projectileSpeed: number;
    readonly cooldownTicks: number;
    readonly protectionTicks: number;
  };
}

/** What every game's player has. */
export interface PlayerBase {
  /** The same in every match. */
  readonly playerId: string;
  readonly name: string;
  /** `#rrggbb`. */
  readonly color: string;
  /** In the world: to be drawn. */
  readonly alive: boolean;
  /** False: connection lost, the seat is kept. */
  readonly online: boolean;
  /** This is the player of this client: drawn where their input will put them once the server has it. */
  readonly own: boolean;
}

/** What everything has that is no player. */
export interface ThingBase {
  /** The same from the moment it is predicted until it is gone. */
  readonly id: string;
  /** Whose it is. */
  readonly playerId: string;
  /** How old it is drawn, ms. */
  readonly ageMs: number;
}

/** A player to draw: `PlayerBase` and the game's own fields. */
export type PlayerView<G extends GameShape = Arena> = PlayerBase & Readonly<G["player"]>;
/** Anything else to draw: `ThingBase` and the game's own fields. */
export type ThingView<Fields> = ThingBase & Readonly<Fields>;
/** A shot of the arena. */
export type ProjectileView = ThingView<Arena["things"]["projectiles"]>;

interface ViewBase<G extends GameShape> {
  /** The tick at which the others are drawn, with a fraction. Events carry the tick they happened at. */
  readonly tick: number;
  /** What never changes about the game; px, px/s. */
  readonly arena: Readonly<G["constants"]>;
  readonly players: readonly PlayerView<G>[];
  readonly me: PlayerView<G> | undefined;
  /** Until the time is up; undefined where the game has no limit. */
  readonly leftMs: number | undefined;
  /** The match ticks; false while it waits for players at its start. */
  readonly running: boolean;
  readonly connection: Connection;
}

/** All there is to draw; beside what is named here, a list for each kind of thing the game has. */
export type MatchView<G extends GameShape = Arena> = ViewBase<G> & {
  readonly [Kind in keyof G["things"]]: readonly ThingView<G["things"][Kind]>[];
};
