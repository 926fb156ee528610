// The types of a view: what to draw, with the names of the game's schema.
import type { Input } from "./game-messages.js";
import type { Connection } from "./socket.js";

/** The types of a game: its schema and constants, in camel case. */
export interface GameShape {
  /** The fields of a player: lengths in px, velocities in px per tick, angles in radians, flags as booleans. */
  readonly player: object;
  /** The fields of the match itself, which belong to no player. */
  readonly match?: object;
  /** The fields of the other entities, by the names of their lists. */
  readonly things: object;
  /** The constants of the game. */
  readonly constants: object;
  /** The arguments of each command, by the names that the game declares. If it is absent, any name is allowed. */
  readonly commands?: object;
  /** The fields of the input, by the names that the game declares. If it is absent, the game has the pad: `Input`. */
  readonly input?: object;
}

/** The argument of `match.send`: the input that the game declares, or the pad. */
export type GameInput<G extends GameShape> = G extends { readonly input: infer I } ? I : Input;

type Commands<G extends GameShape> = G extends { readonly commands: infer C } ? C : Record<string, Readonly<Record<string, number>>>;
/** The names of a game's commands. */
export type CommandName<G extends GameShape> = string & keyof Commands<G>;
/** The arguments of a command. */
export type CommandArgs<G extends GameShape, N extends CommandName<G>> = Commands<G>[N];

/** The types of the arena, the default game. */
export interface Arena extends GameShape {
  readonly player: {
    readonly x: number;
    readonly y: number;
    /** Radians: 0 points right, and angles grow clockwise. */
    readonly aim: number;
    readonly lives: number;
    readonly score: number;
    /** Ticks until the next shot. Above `cooldownTicks`, this player cannot be hit. */
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
  /** The arena has no commands. */
  readonly commands: Readonly<Record<never, never>>;
}

/** The fields that players of every game have. */
export interface PlayerBase {
  /** The player's id, the same in every match. */
  readonly playerId: string;
  readonly name: string;
  /** The colour, `#rrggbb`. */
  readonly color: string;
  /** Whether the player is in the world. Draw only these players. */
  readonly alive: boolean;
  /** False if the player's connection is lost; the seat is kept. */
  readonly online: boolean;
  /** Whether the player is a bot. */
  readonly bot: boolean;
  /** Whether this is the player of this client. Their position is predicted from their own input. */
  readonly own: boolean;
}

/** The fields that entities of every game have. */
export interface ThingBase {
  /** The id, the same from the first predicted frame until the entity is gone. */
  readonly id: string;
  /** The id of the owner; empty without an owner. */
  readonly playerId: string;
  /** The age at which the entity is drawn, ms. */
  readonly ageMs: number;
}

/** A player to draw: `PlayerBase` and the game's own fields. */
export type PlayerView<G extends GameShape = Arena> = PlayerBase & Readonly<G["player"]>;
/** Another entity to draw: `ThingBase` and the game's own fields. */
export type ThingView<Fields> = ThingBase & Readonly<Fields>;
/** A projectile of the arena. */
export type ProjectileView = ThingView<Arena["things"]["projectiles"]>;

interface ViewBase<G extends GameShape> {
  /** The tick at which the other players are drawn, with a fraction. Compare the ticks of events with it. */
  readonly tick: number;
  /** The constants of the game; px, px/s. */
  readonly arena: Readonly<G["constants"]>;
  /** The game's fields of the match itself, at the tick of the other players. */
  readonly match: Readonly<NonNullable<G["match"]>>;
  readonly players: readonly PlayerView<G>[];
  readonly me: PlayerView<G> | undefined;
  /** Time left, ms. Undefined if the game has no time limit. */
  readonly leftMs: number | undefined;
  /** Whether the match has started. False while it waits for its players. */
  readonly running: boolean;
  readonly connection: Connection;
}

/** Everything to draw at one moment. Besides these fields, it has a list for each kind of entity of the game. */
export type MatchView<G extends GameShape = Arena> = ViewBase<G> & {
  readonly [Kind in keyof G["things"]]: readonly ThingView<G["things"][Kind]>[];
};
