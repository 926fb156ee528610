// The common part of a replay and a watched match: the opened file, the players at a tick, and the events of the ticks that were
// played.
import { camel } from "./description.js";
import type { Engine } from "./engine.js";
import { endsAtTick } from "./game-messages.js";
import type { GameEvent } from "./game-messages.js";
import type { PlayerInfo, Score } from "./players.js";
import type { ReplayFile } from "./replay-file.js";
import { replayPlayer, rosterBytes } from "./roster.js";
import type { ReplayPlayer } from "./roster.js";
import { Scenes } from "./scene.js";
import type { Setting } from "./scene.js";
import { fields, list, num } from "./shape.js";
import { pause } from "./timing.js";
import type { GameShape } from "./view.js";

/** The engine emits events if the playhead advances by at most this much. */
const STRIDE_TICKS = 16;

/** A player who joined the running match. */
export interface Join {
  readonly tick: number;
  readonly seat: number;
  readonly player: ReplayPlayer;
}

/** A replay file that an engine has opened. */
export interface Opened<G extends GameShape> {
  readonly engine: Engine;
  readonly scenes: Scenes<G>;
  readonly setting: Omit<Setting, "seat">;
  readonly ticks: number;
}

/** Opens a replay file with the engine of its game. */
export function openFile<G extends GameShape>(engine: Engine, file: ReplayFile): Opened<G> {
  const description = engine.describe(file.game);
  const { ticksPerSecond } = description;
  const constants = Object.entries(description.constants).map(([name, value]) => [camel(name), value]);
  const defaults = description.settings.map((name, at) => [name, description.defaults[at] ?? 0]);
  const settings = { ...(Object.fromEntries(defaults) as Record<string, number>), ...file.settings };
  const setting = {
    seats: file.players,
    constants: Object.fromEntries(constants) as Record<string, number>,
    endsAtTick: endsAtTick(settings, ticksPerSecond),
    ticksPerSecond,
  };
  const ticks = engine.openReplay({ ...file, settings, roster: rosterBytes(file.players) }, description.settings);
  return { engine, scenes: new Scenes(description), setting, ticks };
}

/** Plays each tick of an opened replay once, and collects the events. */
export class Collector<G extends GameShape> {
  /** The events so far, in order. */
  readonly events: GameEvent[] = [];
  readonly #opened: Opened<G>;
  /** Playing yields to the page after this long, so that the page stays responsive. */
  readonly #sliceMs: number;
  #joins: readonly Join[] = [];
  #tick = 0;

  constructor(opened: Opened<G>, sliceMs: number) {
    this.#opened = opened;
    this.#sliceMs = sliceMs;
  }

  /** The last tick that was played. */
  get tick(): number {
    return this.#tick;
  }

  /** The players who joined the running match so far. */
  get joins(): readonly Join[] {
    return this.#joins;
  }

  /** The numbers of `Engine.replayResult`. */
  get result(): readonly number[] {
    return this.#opened.engine.replayResult();
  }

  /** Plays up to a tick, and returns the new events. @throws the signal's reason */
  async playTo(ticks: number, signal?: AbortSignal): Promise<readonly GameEvent[]> {
    const { engine, scenes, setting } = this.#opened;
    const happened: (readonly number[])[] = [];
    let begunAt = performance.now();
    for (; ; this.#tick = Math.min(ticks, this.#tick + STRIDE_TICKS)) {
      engine.replayScene(this.#tick);
      for (let numbers = engine.nextReplayEvent(); numbers; numbers = engine.nextReplayEvent()) happened.push(numbers);
      if (this.#tick >= ticks) break;
      if (performance.now() - begunAt < this.#sliceMs) continue;
      await pause(0, signal);
      begunAt = performance.now();
    }
    signal?.throwIfAborted();
    this.#joins = joinsOf(engine);
    const events = happened.flatMap((numbers) => {
      const seats = seatsAt(setting.seats, this.#joins, numbers[0] ?? 0);
      const event = scenes.event(numbers, { ...setting, seats, seat: -1 });
      return event ? [event] : [];
    });
    for (const event of events) this.events.push(event);
    return events;
  }
}

/** The players who joined the running match, up to the newest tick that the engine has played. */
export function joinsOf(engine: Engine): readonly Join[] {
  return list(engine.replayJoins(), join);
}

function join(value: unknown): Join {
  const { tick, seat, player } = fields(value);
  return { tick: num(tick), seat: num(seat), player: replayPlayer(player) };
}

/** The players by seat at a tick. */
export function seatsAt<P>(seats: readonly P[], joins: readonly Join[], tick: number): (P | ReplayPlayer)[] {
  const all: (P | ReplayPlayer)[] = [...seats];
  for (const { tick: at, seat, player } of joins) if (at <= tick) all[seat] = player;
  return all;
}

/** Reads rank and score of each seat, after the three numbers of the hashes. Undefined if the match is not over. */
export function scores([, , , ...places]: readonly number[], players: readonly PlayerInfo[]): Score[] | undefined {
  if (places.length === 0) return undefined;
  const all = players.map(({ playerId, name }, seat) => ({
    playerId,
    name,
    rank: places[2 * seat] ?? 0,
    score: places[2 * seat + 1] ?? 0,
  }));
  return all.filter((score) => score.rank > 0).sort((a, b) => a.rank - b.rank);
}
