// Visual effects: sparks, rings, splats, floating words, shake. Derived from the changes between two views.
import type { MatchView, PlayerView, ProjectileView } from "@skirmish/sdk";
import { reducedMotion } from "@skirmish/demo/dom.js";
import type { Sound } from "@skirmish/demo/sounds.js";

export interface Spark {
  x: number;
  y: number;
  vx: number;
  vy: number;
  readonly size: number;
  readonly color: string;
  readonly lifeMs: number;
  ageMs: number;
}

export interface Ring {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly radius: number;
  readonly lifeMs: number;
  ageMs: number;
}

export interface Splat {
  readonly x: number;
  readonly y: number;
  readonly color: string;
  readonly dots: readonly { x: number; y: number; r: number }[];
  readonly lifeMs: number;
  ageMs: number;
}

export interface Word {
  readonly x: number;
  readonly y: number;
  readonly text: string;
  readonly color: string;
  readonly lifeMs: number;
  ageMs: number;
}

/** Plays a sound; the backdrop is silent. */
export type PlaySound = (sound: Sound) => void;

const SPARKS_MAX = 600;
const JUMP_PX = 64;

export class Effects {
  readonly sparks: Spark[] = [];
  readonly rings: Ring[] = [];
  readonly splats: Splat[] = [];
  readonly words: Word[] = [];
  /** The recoil of each player: 1 right after a shot, then down to 0. */
  readonly recoil = new Map<string, number>();
  /** The amplitude of the shake, px. */
  shake = 0;
  /** The strength of the effect of a recent hit on the own player, 0 to 1. */
  hurt = 0;
  readonly #play: PlaySound;
  #before: MatchView | undefined;

  constructor(play: PlaySound) {
    this.#play = play;
  }

  /** Adds effects for the changes since the last view, and advances all effects. */
  track(view: MatchView, elapsedMs: number): void {
    const before = this.#before;
    this.#before = view;
    if (before) {
      this.#players(before, view);
      this.#shots(before, view);
    }
    this.#age(elapsedMs);
  }

  /** Sparks in these colours, for a winner. */
  celebrate(x: number, y: number, colors: readonly string[]): void {
    for (const color of colors) this.#burst(x, y, color, reducedMotion.matches ? 4 : 26, 420, 1_300);
  }

  #players(before: MatchView, view: MatchView): void {
    for (const player of view.players) {
      const was = before.players.find((other) => other.playerId === player.playerId);
      if (!was) continue;
      if (player.lives < was.lives) this.#struck(was, player);
      if (player.score > was.score) {
        if (player.own) this.#play("point");
        const words = player.own ? `+${player.score - was.score}` : "+1";
        this.words.push({ x: player.x, y: player.y - 26, text: words, color: "#ffe2a8", lifeMs: 900, ageMs: 0 });
      }
      const jumped = Math.hypot(player.x - was.x, player.y - was.y) > JUMP_PX;
      if (player.alive && (jumped || !was.alive)) {
        if (player.own) this.#play("spawn");
        this.#ring(player.x, player.y, player.color, 46, 520);
        this.#ring(player.x, player.y, "#ffffff", 26, 360);
      }
    }
  }

  #struck(was: PlayerView, player: PlayerView): void {
    const out = player.lives === 0;
    this.#play(was.own ? "ownStruck" : "struck");
    this.#burst(was.x, was.y, was.color, out ? 64 : 40, out ? 360 : 280, out ? 900 : 650);
    this.#burst(was.x, was.y, "#ffffff", 12, 200, 320);
    this.#ring(was.x, was.y, was.color, out ? 96 : 62, 480);
    this.#ring(was.x, was.y, "#ffffff", out ? 60 : 36, 300);
    const dots = Array.from({ length: out ? 16 : 10 }, () => {
      const [turn, far] = [Math.random() * 2 * Math.PI, Math.random() * (out ? 34 : 22)];
      return { x: Math.cos(turn) * far, y: Math.sin(turn) * far, r: 1.5 + Math.random() * (out ? 7 : 5) };
    });
    this.splats.push({ x: was.x, y: was.y, color: was.color, dots, lifeMs: 24_000, ageMs: 0 });
    if (this.splats.length > 24) this.splats.shift();
    const words = out ? "out!" : "−1";
    this.words.push({ x: was.x, y: was.y - 22, text: words, color: was.color, lifeMs: 1_000, ageMs: 0 });
    const still = reducedMotion.matches;
    this.shake = still ? 0 : Math.max(this.shake, was.own ? 9 : 3.5);
    if (was.own) this.hurt = still ? 0.5 : 1;
  }

  #shots(before: MatchView, view: MatchView): void {
    const now = new Map(view.projectiles.map((shot) => [shot.id, shot]));
    for (const shot of before.projectiles) if (!now.has(shot.id)) this.#ended(shot, view);
    const then = new Set(before.projectiles.map((shot) => shot.id));
    for (const shot of view.projectiles) if (!then.has(shot.id)) this.#fired(shot, view);
  }

  #fired(shot: ProjectileView, view: MatchView): void {
    this.recoil.set(shot.playerId, 1);
    this.#play(shot.playerId === view.me?.playerId ? "ownShot" : "shot");
    const color = colorOf(view, shot.playerId);
    for (let i = 0; i < 5; i++) {
      const turn = shot.angle + (Math.random() - 0.5) * 0.9;
      this.#spark(shot.x, shot.y, turn, 90 + Math.random() * 160, 1.6, i % 2 ? "#ffffff" : color, 180);
    }
  }

  /** Adds sparks for a shot that hits a wall. A hit on a player has its own effect. */
  #ended(shot: ProjectileView, view: MatchView): void {
    const { width, height } = view.arena;
    const near = Math.min(shot.x, shot.y, width - shot.x, height - shot.y) < 34;
    if (!near) return;
    const [x, y] = [clamp(shot.x, 2, width - 2), clamp(shot.y, 2, height - 2)];
    const color = colorOf(view, shot.playerId);
    for (let i = 0; i < 9; i++) {
      const turn = shot.angle + Math.PI + (Math.random() - 0.5) * 2.2;
      this.#spark(x, y, turn, 60 + Math.random() * 200, 1.8, i % 3 ? color : "#ffffff", 320);
    }
    this.#ring(x, y, color, 14, 220);
  }

  #burst(x: number, y: number, color: string, count: number, speed: number, lifeMs: number): void {
    const many = reducedMotion.matches ? Math.ceil(count / 4) : count;
    for (let i = 0; i < many; i++) {
      const fast = speed * (0.15 + Math.random() * 0.85);
      this.#spark(x, y, Math.random() * 2 * Math.PI, fast, 1.2 + Math.random() * 2.6, color, lifeMs);
    }
  }

  #spark(x: number, y: number, turn: number, speed: number, size: number, color: string, lifeMs: number): void {
    if (this.sparks.length >= SPARKS_MAX) return;
    const life = lifeMs * (0.6 + Math.random() * 0.6);
    const [vx, vy] = [Math.cos(turn) * speed, Math.sin(turn) * speed];
    this.sparks.push({ x, y, vx, vy, size, color, lifeMs: life, ageMs: 0 });
  }

  #ring(x: number, y: number, color: string, radius: number, lifeMs: number): void {
    this.rings.push({ x, y, color, radius, lifeMs, ageMs: 0 });
  }

  #age(elapsedMs: number): void {
    const seconds = elapsedMs / 1000;
    const drag = Math.exp(-3.6 * seconds);
    for (const spark of this.sparks) {
      spark.x += spark.vx * seconds;
      spark.y += spark.vy * seconds;
      spark.vx *= drag;
      spark.vy *= drag;
    }
    for (const list of [this.sparks, this.rings, this.splats, this.words]) expire(list, elapsedMs);
    this.shake *= Math.exp(-9 * seconds);
    this.hurt *= Math.exp(-3.5 * seconds);
    for (const [player, recoil] of this.recoil) this.recoil.set(player, recoil * Math.exp(-14 * seconds));
  }
}

function expire(list: { ageMs: number; readonly lifeMs: number }[], elapsedMs: number): void {
  let kept = 0;
  for (const item of list) {
    item.ageMs += elapsedMs;
    if (item.ageMs < item.lifeMs) list[kept++] = item;
  }
  list.length = kept;
}

function colorOf(view: MatchView, playerId: string): string {
  return view.players.find((player) => player.playerId === playerId)?.color ?? "#ffffff";
}

function clamp(value: number, least: number, most: number): number {
  return Math.min(most, Math.max(least, value));
}
