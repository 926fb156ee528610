// Converts the engine's numbers to views and events with named fields.
import { camel, valueOf } from "./description.js";
import type { Description, Unit } from "./description.js";
import type { GameEvent } from "./game-messages.js";
import type { PlayerInfo } from "./players.js";
import type { Connection } from "./socket.js";
import type { GameShape, MatchView, PlayerView, ThingView } from "./view.js";

const FIELDS_MAX = 32;
const HEAD = 2;
const PLAYER = 2 + FIELDS_MAX;
/** The numbers of an entity before its fields. */
const THING = 4;

/** Data that the numbers do not contain, from the message `welcome` or a replay's header. */
export interface Setting {
  /** The seat of the own player; -1 if there is none. */
  readonly seat: number;
  readonly seats: readonly (PlayerInfo | undefined)[];
  readonly constants: Readonly<Record<string, number>>;
  readonly endsAtTick: number | undefined;
  readonly ticksPerSecond: number;
}

interface Reading {
  readonly welcome: Setting;
  /** Whether a scene without players is complete: the game hides all of them. */
  readonly mayBeEmpty?: boolean;
  readonly connection: Connection;
}

type Named = readonly (readonly [name: string, unit: Unit])[];

/** Reads the scenes and events of one game. */
export class Scenes<G extends GameShape> {
  readonly #match: Named;
  readonly #player: Named;
  readonly #things: readonly { readonly list: string; readonly fields: Named }[];
  readonly #description: Description;

  constructor(description: Description) {
    const named = (fields: Description["player"]): Named => fields.map(([name, unit]) => [camel(name), unit]);
    this.#description = description;
    this.#match = named(description.match);
    this.#player = named(description.player);
    this.#things = description.things.map(([list, fields]) => ({ list: camel(list), fields: named(fields) }));
  }

  /** The view of a scene; undefined before the first snapshot. */
  view(numbers: Float64Array, { welcome, connection, mayBeEmpty = false }: Reading): MatchView<G> | undefined {
    const [ownTick, tick] = [numbers[0] ?? 0, numbers[1] ?? 0];
    const players: PlayerView<G>[] = [];
    for (let seat = 0; seat < this.#description.slots; seat++) {
      const at = this.#seats + seat * PLAYER;
      const info = welcome.seats[seat];
      if (numbers[at] && info) players.push(this.#playerAt(numbers, at, info, seat === welcome.seat));
    }
    if (players.length === 0 && !mayBeEmpty) return undefined;
    const { endsAtTick, ticksPerSecond } = welcome;
    return {
      tick,
      arena: welcome.constants as G["constants"],
      match: read(this.#match, numbers, HEAD),
      players,
      me: players.find((player) => player.own),
      leftMs: endsAtTick === undefined ? undefined : Math.max(0, ((endsAtTick - tick) / ticksPerSecond) * 1000),
      running: ownTick > 0,
      connection,
      ...this.#lists(numbers, welcome),
    } as MatchView<G>;
  }

  /** The event of these numbers, with the names of `skirmish.json.v1`. Undefined for an unknown kind. */
  event([tick = 0, kind = -1, ...args]: readonly number[], welcome: Setting): GameEvent | undefined {
    const described = this.#description.events[kind];
    if (!described) return undefined;
    const [event, names] = described;
    const fields = names.map(([name, unit], at) => [name, argument(unit, args[at] ?? 0, welcome)]);
    return { ...Object.fromEntries(fields), event, tick } as GameEvent;
  }

  /** The index of the first seat. */
  get #seats(): number {
    return HEAD + this.#match.length;
  }

  #playerAt(numbers: Float64Array, at: number, info: PlayerInfo, own: boolean): PlayerView<G> {
    const fields = read(this.#player, numbers, at + 2);
    return {
      ...fields,
      playerId: info.playerId,
      name: info.name,
      color: info.colors[0] ?? "#ffffff",
      alive: numbers[at + 1] === 1,
      // A game marks a player whose connection is lost with a flag of this name.
      online: fields["away"] !== true,
      bot: info.bot === true,
      own,
    } as PlayerView<G>;
  }

  #lists(numbers: Float64Array, welcome: Setting): Record<string, ThingView<object>[]> {
    const lists: Record<string, ThingView<object>[]> = {};
    for (const { list } of this.#things) lists[list] = [];
    for (let at = this.#seats + this.#description.slots * PLAYER; at + THING <= numbers.length; ) {
      const kind = this.#things[numbers[at + 1] ?? -1];
      if (!kind) break;
      lists[kind.list]?.push({
        ...read(kind.fields, numbers, at + THING),
        id: String(numbers[at]),
        playerId: welcome.seats[numbers[at + 2] ?? -1]?.playerId ?? "",
        ageMs: ((numbers[at + 3] ?? 0) / welcome.ticksPerSecond) * 1000,
      });
      at += THING + kind.fields.length;
    }
    return lists;
  }
}

function read(fields: Named, numbers: Float64Array, at: number): Record<string, number | boolean> {
  const values: Record<string, number | boolean> = {};
  fields.forEach(([name, unit], i) => (values[name] = valueOf(unit, numbers[at + i] ?? 0)));
  return values;
}

function argument(unit: Unit, value: number, welcome: Setting): unknown {
  if (unit === "seat") return welcome.seats[value]?.playerId ?? null;
  return unit === "thing" ? String(value) : valueOf(unit, value);
}
