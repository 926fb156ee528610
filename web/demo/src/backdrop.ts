// The animated background of the menus: a simulated fight of four players.
import type { Arena, MatchView, PlayerView, ProjectileView } from "@skirmish/sdk";
import { SWATCHES } from "./colors.js";
import { byId, reducedMotion } from "./dom.js";
import { ArenaRenderer } from "../../../games/arena/render.js";

const SIDE = 824;
const ARENA: Arena["constants"] = {
  width: SIDE,
  height: SIDE,
  playerRadius: 10,
  projectileRadius: 5,
  playerSpeed: 240,
  projectileSpeed: 600,
  cooldownTicks: 15,
  protectionTicks: 60,
};
const SPEED = 150;

type Extra = { vx: number; vy: number; turnInMs: number; fireInMs: number };
type Mover = { -readonly [K in keyof PlayerView]: PlayerView[K] } & Extra;
type Shot = { -readonly [K in keyof ProjectileView]: ProjectileView[K] };

export class Backdrop {
  readonly #renderer = new ArenaRenderer(byId<HTMLCanvasElement>("backdrop"), { backdrop: true });
  readonly #movers = [0, 3, 5, 6].map((swatch, i) => mover(i, SWATCHES[swatch]?.color ?? "#ffffff"));
  #shots: Shot[] = [];
  #fired = 0;
  #frame: number | undefined;
  #last: number | undefined;
  #startedAt = 0;

  /** Starts or continues the animation. With reduced motion, it shows a still picture. */
  start(): void {
    if (this.#frame !== undefined) return;
    this.#last = undefined;
    this.#startedAt ||= performance.now();
    this.#frame = requestAnimationFrame((now) => this.#draw(now));
  }

  stop(): void {
    if (this.#frame !== undefined) cancelAnimationFrame(this.#frame);
    this.#frame = undefined;
  }

  #draw(now: number): void {
    this.#frame = requestAnimationFrame((next) => this.#draw(next));
    const elapsedMs = Math.min(50, now - (this.#last ?? now));
    if (reducedMotion.matches && this.#last !== undefined) return;
    this.#last = now;
    this.#step(elapsedMs);
    this.#renderer.draw(this.#view(now), now);
  }

  #step(elapsedMs: number): void {
    const seconds = elapsedMs / 1000;
    for (const one of this.#movers) {
      const prey = this.#nearest(one);
      one.turnInMs -= elapsedMs;
      one.timer = Math.max(0, one.timer - elapsedMs * 0.06);
      if (one.turnInMs <= 0) this.#turn(one, prey);
      one.x = clamp(one.x + one.vx * seconds);
      one.y = clamp(one.y + one.vy * seconds);
      const wanted = Math.atan2(prey.y - one.y, prey.x - one.x);
      one.aim += Math.atan2(Math.sin(wanted - one.aim), Math.cos(wanted - one.aim)) * Math.min(1, 5 * seconds);
      one.fireInMs -= elapsedMs;
      if (one.fireInMs <= 0) this.#fire(one);
    }
    for (const shot of this.#shots) {
      shot.x += Math.cos(shot.angle) * ARENA.projectileSpeed * seconds;
      shot.y += Math.sin(shot.angle) * ARENA.projectileSpeed * seconds;
    }
    this.#shots = this.#shots.filter((shot) => inside(shot) && !this.#strikes(shot));
  }

  #turn(one: Mover, prey: Mover): void {
    const way = Math.atan2(prey.y - one.y, prey.x - one.x) + (Math.random() - 0.5) * 3;
    one.vx = Math.cos(way) * SPEED;
    one.vy = Math.sin(way) * SPEED;
    one.turnInMs = 500 + Math.random() * 1_200;
  }

  #fire(one: Mover): void {
    one.fireInMs = 350 + Math.random() * 1_500;
    const angle = one.aim + (Math.random() - 0.5) * 0.16;
    this.#shots.push({ id: String(this.#fired++), playerId: one.playerId, x: one.x, y: one.y, angle, ageMs: 0 });
  }

  #strikes(shot: Shot): boolean {
    const struck = this.#movers.find(
      (one) => one.playerId !== shot.playerId && Math.hypot(one.x - shot.x, one.y - shot.y) < 17,
    );
    if (!struck) return false;
    struck.lives = struck.lives > 1 ? struck.lives - 1 : 3;
    struck.timer = ARENA.protectionTicks + ARENA.cooldownTicks;
    struck.x = clamp(Math.random() * SIDE);
    struck.y = clamp(Math.random() * SIDE);
    return true;
  }

  #nearest(one: Mover): Mover {
    const others = this.#movers.filter((other) => other !== one);
    const far = (other: Mover) => Math.hypot(other.x - one.x, other.y - one.y);
    return others.reduce((best, other) => (far(other) < far(best) ? other : best));
  }

  #view(now: number): MatchView {
    return {
      tick: (now - this.#startedAt) * 0.06,
      arena: ARENA,
      match: {},
      players: this.#movers.map((one) => ({ ...one })),
      me: undefined,
      projectiles: this.#shots.map((shot) => ({ ...shot })),
      leftMs: undefined,
      running: true,
      connection: "open",
    };
  }
}

function mover(i: number, color: string): Mover {
  const place = { x: SIDE * (0.25 + 0.5 * (i % 2)), y: SIDE * (0.25 + 0.5 * Math.floor(i / 2)) };
  const fixed = { name: "", lives: 3, score: 0, timer: 0, alive: true, online: true, bot: false, own: false };
  return { playerId: String(i), color, ...place, ...fixed, aim: i, vx: 0, vy: 0, turnInMs: 0, fireInMs: 900 + i * 300 };
}

function clamp(value: number): number {
  return Math.min(SIDE - 10, Math.max(10, value));
}

function inside({ x, y }: { x: number; y: number }): boolean {
  return x > 0 && y > 0 && x < SIDE && y < SIDE;
}
