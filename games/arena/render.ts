// The renderer of the arena: floor, splats, shots, players, and effects.
import type { Arena, MatchView, PlayerView } from "@skirmish/sdk";
import { Camera } from "@skirmish/demo/camera.js";
import { fade, glow } from "@skirmish/demo/colors.js";
import { reducedMotion } from "@skirmish/demo/dom.js";
import type { About, MakeRenderer, Place, Renderer } from "@skirmish/demo/renderer.js";
import { play } from "@skirmish/demo/sounds.js";
import { drawPlayer } from "./render/draw-player.js";
import { Effects } from "./render/effects.js";

const GRID_PX = 103;
const TRAIL_POINTS = 14;
const SHOT_TAIL_PX = 46;

const MS_PER_TICK = 1000 / 60;

export const about: About = { title: "Skirmish", text: "Three lives. One arena." };

export const makeRenderer: MakeRenderer = (canvas) => new ArenaRenderer(canvas, { backdrop: false });

export class ArenaRenderer implements Renderer<Arena> {
  readonly #camera: Camera;
  readonly #effects: Effects;
  readonly #context: CanvasRenderingContext2D;
  readonly #trails = new Map<string, { x: number; y: number }[]>();
  readonly #labels: boolean;
  #last: number | undefined;

  /** With `backdrop`, the arena fills the canvas, without names and sounds. */
  constructor(canvas: HTMLCanvasElement, { backdrop }: { backdrop: boolean }) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser has no canvas");
    this.#context = context;
    this.#labels = !backdrop;
    this.#effects = new Effects(backdrop ? () => undefined : play);
    this.#camera = new Camera(canvas, backdrop);
  }

  /** Draws the view as of `now`, ms. */
  draw(view: MatchView, now: number): void {
    const elapsedMs = Math.min(100, now - (this.#last ?? now));
    this.#last = now;
    this.#effects.track(view, elapsedMs);
    this.#camera.look(view.arena, view.me);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#07090d";
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    const { shake } = this.#effects;
    this.#camera.apply(context, (Math.random() - 0.5) * shake, (Math.random() - 0.5) * shake);
    drawFloor(context, view.arena, view.me?.color ?? "#4dabf7");
    this.#drawSplats();
    this.#drawTrails(view);
    this.#drawShots(view);
    for (const player of view.players) {
      if (!player.alive) continue;
      const shieldMs = (player.timer - view.arena.cooldownTicks) * MS_PER_TICK;
      const recoil = this.#effects.recoil.get(player.playerId) ?? 0;
      const room = player.y < view.arena.height - 36 ? "below" : "above";
      const label = this.#labels ? room : undefined;
      const turn = reducedMotion.matches ? 0 : now / 700;
      drawPlayer(context, player, { radius: view.arena.playerRadius, shieldMs, recoil, turn, label });
    }
    this.#drawEffects();
    if (this.#camera.follows && view.me) this.#drawPointers(view, view.me);
    this.#drawHurt();
  }

  toPage(at: Place): Place {
    return this.#camera.toPage(at);
  }

  celebrate(winners: readonly PlayerView[]): void {
    for (const { x, y, color, alive } of winners) {
      if (alive) this.#effects.celebrate(x, y, [color, "#ffe2a8", "#ffffff"]);
    }
  }

  #drawSplats(): void {
    const context = this.#context;
    for (const splat of this.#effects.splats) {
      context.fillStyle = fade(splat.color, 0.22 * (1 - splat.ageMs / splat.lifeMs));
      context.beginPath();
      for (const dot of splat.dots) {
        context.moveTo(splat.x + dot.x + dot.r, splat.y + dot.y);
        context.arc(splat.x + dot.x, splat.y + dot.y, dot.r, 0, 2 * Math.PI);
      }
      context.fill();
    }
  }

  #drawTrails(view: MatchView): void {
    const context = this.#context;
    context.lineCap = "butt";
    for (const player of view.players) {
      const trail = this.#trails.get(player.playerId) ?? [];
      this.#trails.set(player.playerId, trail);
      const last = trail.at(-1);
      if (!player.alive || (last && Math.hypot(player.x - last.x, player.y - last.y) > 64)) trail.length = 0;
      trail.push({ x: player.x, y: player.y });
      if (trail.length > TRAIL_POINTS) trail.shift();
      const opacity = player.online ? 0.3 : 0.1;
      for (let i = 1; i < trail.length; i++) {
        const [from, to] = [trail[i - 1]!, trail[i]!];
        const share = i / trail.length;
        context.strokeStyle = fade(player.color, opacity * share * share);
        context.lineWidth = 2 + 13 * share;
        context.beginPath();
        context.moveTo(from.x, from.y);
        context.lineTo(to.x, to.y);
        context.stroke();
      }
    }
  }

  #drawShots(view: MatchView): void {
    const context = this.#context;
    const colors = new Map(view.players.map((player) => [player.playerId, player.color]));
    const radius = view.arena.projectileRadius;
    context.globalCompositeOperation = "lighter";
    for (const shot of view.projectiles) {
      const color = colors.get(shot.playerId) ?? "#ffffff";
      const [dx, dy] = [Math.cos(shot.angle), Math.sin(shot.angle)];
      const tail = context.createLinearGradient(shot.x, shot.y, shot.x - dx * SHOT_TAIL_PX, shot.y - dy * SHOT_TAIL_PX);
      tail.addColorStop(0, fade(color, 0.75));
      tail.addColorStop(1, fade(color, 0));
      context.strokeStyle = tail;
      context.lineWidth = radius * 1.5;
      context.beginPath();
      context.moveTo(shot.x, shot.y);
      context.lineTo(shot.x - dx * SHOT_TAIL_PX, shot.y - dy * SHOT_TAIL_PX);
      context.stroke();
      context.drawImage(glow(color), shot.x - radius * 4, shot.y - radius * 4, radius * 8, radius * 8);
      context.fillStyle = "#fff6e0";
      context.beginPath();
      context.arc(shot.x, shot.y, radius * 0.72, 0, 2 * Math.PI);
      context.fill();
    }
    context.globalCompositeOperation = "source-over";
  }

  #drawEffects(): void {
    const context = this.#context;
    const { sparks, rings, words } = this.#effects;
    context.globalCompositeOperation = "lighter";
    for (const ring of rings) {
      const share = ring.ageMs / ring.lifeMs;
      context.strokeStyle = fade(ring.color, 0.8 * (1 - share) ** 2);
      context.lineWidth = 1 + 5 * (1 - share);
      context.beginPath();
      context.arc(ring.x, ring.y, ring.radius * (1 - (1 - share) ** 3), 0, 2 * Math.PI);
      context.stroke();
    }
    for (const spark of sparks) {
      const share = 1 - spark.ageMs / spark.lifeMs;
      context.fillStyle = fade(spark.color, Math.min(1, share * 1.6));
      context.beginPath();
      context.arc(spark.x, spark.y, spark.size * (0.4 + 0.6 * share), 0, 2 * Math.PI);
      context.fill();
    }
    context.globalCompositeOperation = "source-over";
    context.textAlign = "center";
    for (const word of words) {
      const share = word.ageMs / word.lifeMs;
      context.font = `800 ${17 + 4 * Math.min(1, share * 6)}px system-ui, sans-serif`;
      context.fillStyle = fade(word.color, Math.min(1, 3 * (1 - share)));
      context.fillText(word.text, word.x, word.y - 26 * share);
    }
  }

  /** Draws arrows at the edge that point to players outside the visible area. */
  #drawPointers(view: MatchView, me: PlayerView): void {
    const camera = this.#camera;
    const context = this.#context;
    context.setTransform(camera.ratio, 0, 0, camera.ratio, 0, 0);
    const own = { x: camera.x + me.x * camera.scale, y: camera.y + me.y * camera.scale };
    for (const player of view.players) {
      if (player.own || !player.alive) continue;
      const at = { x: camera.x + player.x * camera.scale, y: camera.y + player.y * camera.scale };
      if (at.x > -6 && at.y > -6 && at.x < camera.width + 6 && at.y < camera.height + 6) continue;
      const x = Math.min(camera.width - 14, Math.max(14, at.x));
      const y = Math.min(camera.height - 14, Math.max(14, at.y));
      context.save();
      context.translate(x, y);
      context.rotate(Math.atan2(at.y - own.y, at.x - own.x));
      context.fillStyle = fade(player.color, player.online ? 0.9 : 0.35);
      context.beginPath();
      context.moveTo(9, 0);
      context.lineTo(-6, -7);
      context.lineTo(-3, 0);
      context.lineTo(-6, 7);
      context.fill();
      context.restore();
    }
  }

  #drawHurt(): void {
    const { hurt } = this.#effects;
    if (hurt < 0.02) return;
    const context = this.#context;
    const { width, height } = context.canvas;
    context.setTransform(1, 0, 0, 1, 0, 0);
    const rim = context.createRadialGradient(width / 2, height / 2, height * 0.3, width / 2, height / 2, height * 0.75);
    rim.addColorStop(0, "rgba(255,70,90,0)");
    rim.addColorStop(1, `rgba(255,70,90,${(0.5 * hurt).toFixed(3)})`);
    context.fillStyle = rim;
    context.fillRect(0, 0, width, height);
  }
}

function drawFloor(context: CanvasRenderingContext2D, arena: Arena["constants"], accent: string): void {
  const { width, height } = arena;
  context.fillStyle = "#0e131c";
  context.fillRect(0, 0, width, height);
  context.strokeStyle = "#161d2a";
  context.lineWidth = 1.5;
  context.beginPath();
  for (let at = GRID_PX; at < Math.max(width, height); at += GRID_PX) {
    context.moveTo(at, 0);
    context.lineTo(at, height);
    context.moveTo(0, at);
    context.lineTo(width, at);
  }
  context.stroke();
  context.strokeStyle = "#1a2332";
  context.lineWidth = 3;
  context.beginPath();
  context.arc(width / 2, height / 2, GRID_PX, 0, 2 * Math.PI);
  context.moveTo(width / 2 + 7, height / 2);
  context.arc(width / 2, height / 2, 7, 0, 2 * Math.PI);
  context.stroke();
  context.strokeStyle = fade(accent, 0.12);
  context.lineWidth = 12;
  context.strokeRect(-4, -4, width + 8, height + 8);
  context.strokeStyle = "#3a4a63";
  context.lineWidth = 3;
  context.strokeRect(-1.5, -1.5, width + 3, height + 3);
}
