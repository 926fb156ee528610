// What to draw at a moment: players and projectiles between two snapshots.
import type { ArenaInfo, SnapshotPlayer, SnapshotProjectile } from "./game-messages.js";
import type { PlayerInfo } from "./players.js";
import type { Connection } from "./socket.js";
import type { Moment } from "./timeline.js";

/** Positions further apart than this between two snapshots are a jump (a respawn), not a motion. */
const JUMP_PX = 64;

export interface PlayerView {
  readonly playerId: string;
  readonly name: string;
  readonly color: string;
  readonly x: number;
  readonly y: number;
  readonly aim: number;
  readonly lives: number;
  readonly score: number;
  readonly alive: boolean;
  /** False: connection lost, the seat is kept. */
  readonly online: boolean;
  /** This is the player of this client. */
  readonly own: boolean;
}

export interface ProjectileView {
  readonly id: string;
  readonly playerId: string;
  readonly x: number;
  readonly y: number;
  readonly angle: number;
}

/** All there is to draw, positions in px of the arena. */
export interface MatchView {
  /** The drawn tick, with a fraction. Events carry the tick they happened at. */
  readonly tick: number;
  readonly arena: ArenaInfo;
  readonly players: readonly PlayerView[];
  readonly me: PlayerView | undefined;
  readonly projectiles: readonly ProjectileView[];
  /** Until the time is up; undefined where the game has no limit. */
  readonly leftMs: number | undefined;
  /** The match ticks; false while it waits for players at its start. */
  readonly running: boolean;
  readonly connection: Connection;
}

export interface Scene {
  readonly arena: ArenaInfo;
  readonly names: ReadonlyMap<string, PlayerInfo>;
  readonly ownId: string | undefined;
  readonly ownAim: number | undefined;
  readonly ticksPerSecond: number;
}

export function playersAt(moment: Moment, scene: Scene): PlayerView[] {
  const { from, to, share } = moment;
  const views: PlayerView[] = [];
  for (const [playerId, after] of to.players) {
    const before = from.players.get(playerId) ?? after;
    // What cannot lie in between (lives, score) is what it was until the later snapshot's tick is reached.
    const now = share >= 1 ? after : before;
    const own = playerId === scene.ownId;
    const info = scene.names.get(playerId);
    views.push({
      playerId,
      name: info?.name ?? "Player",
      color: now.colors[0] ?? info?.colors[0] ?? "#ffffff",
      ...position(before, after, share),
      aim: own && scene.ownAim !== undefined ? scene.ownAim : turn(before.aim, after.aim, Math.min(1, share)),
      lives: now.lives,
      score: now.score,
      alive: now.alive,
      online: now.online,
      own,
    });
  }
  return views;
}

export function projectilesAt(moment: Moment, scene: Scene): ProjectileView[] {
  const { from, to, share, tick } = moment;
  const pxPerTick = scene.arena.projectileSpeed / scene.ticksPerSecond;
  const views: ProjectileView[] = [];
  for (const after of to.projectiles.values()) {
    const before = from.projectiles.get(after.id);
    if (before) views.push({ ...after, ...lerp(before, after, share) });
    else if (from !== to || share >= 1) views.push(flown(after, (tick - to.tick) * pxPerTick));
  }
  // A shot that the later snapshot lacks ended in between; it flies on for half of that time.
  for (const before of from.projectiles.values()) {
    if (share < 0.5 && !to.projectiles.has(before.id)) views.push(flown(before, (tick - from.tick) * pxPerTick));
  }
  return views;
}

function flown(shot: SnapshotProjectile, px: number): ProjectileView {
  return { ...shot, x: shot.x + Math.cos(shot.angle) * px, y: shot.y + Math.sin(shot.angle) * px };
}

function position(before: SnapshotPlayer, after: SnapshotPlayer, share: number): { x: number; y: number } {
  const jumped = Math.hypot(after.x - before.x, after.y - before.y) > JUMP_PX || before.alive !== after.alive;
  if (jumped) return share >= 1 ? { x: after.x, y: after.y } : { x: before.x, y: before.y };
  return lerp(before, after, share);
}

function lerp(a: { x: number; y: number }, b: { x: number; y: number }, share: number): { x: number; y: number } {
  return { x: a.x + (b.x - a.x) * share, y: a.y + (b.y - a.y) * share };
}

/** The angle between two angles, the short way round. */
export function turn(a: number, b: number, share: number): number {
  const full = 2 * Math.PI;
  const by = ((((b - a) % full) + full + Math.PI) % full) - Math.PI;
  return a + by * share;
}
