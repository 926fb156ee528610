// The renderer of swarm: the floor, the orbs, and the players with their items.
import type { GameEvent, GameShape, MatchView, PlayerView } from "@skirmish/sdk";
import type { BindingsByField } from "@skirmish/demo/bindings.js";
import { Camera } from "@skirmish/demo/camera.js";
import { fade, glow } from "@skirmish/demo/colors.js";
import type { About, MakeRenderer, Place, Renderer } from "@skirmish/demo/renderer.js";

const GRID_PX = 128;
const ORB = "#ffe066";
/** A ring that grows where an orb was collected. */
const RING_MS = 350;
const RINGS_MAX = 64;
/** The values of the field `item`. */
const ANCHOR = 1;
const MAGNET = 2;
/** Velocities above this, px a tick, leave a trail. */
const FAST = 19;

/** The types of swarm, as in `src/lib.rs`. */
interface Swarm extends GameShape {
  readonly player: {
    readonly x: number;
    readonly y: number;
    readonly vx: number;
    readonly vy: number;
    /** Ticks until the next dash. */
    readonly dash: number;
    readonly item: number;
    readonly score: number;
    readonly out: boolean;
  };
  readonly things: { readonly orbs: { readonly x: number; readonly y: number } };
  readonly constants: {
    readonly width: number;
    readonly height: number;
    readonly playerRadius: number;
    readonly orbRadius: number;
    readonly reach: number;
  };
}

interface Ring {
  readonly x: number;
  readonly y: number;
  readonly at: number;
}

export const about: About = { text: "Collect orbs, push, dash. Wings, anchor or magnet?", aims: false };

export const controls: BindingsByField = { dash: { label: "Dash" }, item: { label: "Item" } };

export const makeRenderer: MakeRenderer = (canvas) => new SwarmRenderer(canvas) as Renderer;

class SwarmRenderer implements Renderer<Swarm> {
  readonly #camera: Camera;
  readonly #context: CanvasRenderingContext2D;
  #rings: Ring[] = [];

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser has no canvas");
    this.#context = context;
    this.#camera = new Camera(canvas, false);
  }

  draw(view: MatchView<Swarm>, now: number): void {
    this.#camera.look(view.arena, view.me);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#05070b";
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    this.#camera.apply(context);
    drawFloor(context, view.arena);
    this.#drawRings(now);
    for (const orb of view.orbs) drawOrb(context, orb, view.arena.orbRadius);
    for (const player of view.players) {
      if (player.alive && !player.own) drawPlayer(context, player, view.arena, now);
    }
    // The own player is above the others.
    if (view.me?.alive) drawPlayer(context, view.me, view.arena, now);
  }

  toPage(at: Place): Place {
    return this.#camera.toPage(at);
  }

  onEvent(event: GameEvent): void {
    if (event.event !== "orb") return;
    this.#rings.push({ x: Number(event["x"]), y: Number(event["y"]), at: performance.now() });
    if (this.#rings.length > RINGS_MAX) this.#rings.shift();
  }

  #drawRings(now: number): void {
    this.#rings = this.#rings.filter((ring) => now - ring.at < RING_MS);
    for (const ring of this.#rings) {
      const part = Math.max(0, (now - ring.at) / RING_MS);
      const context = this.#context;
      context.strokeStyle = fade(ORB, 1 - part);
      context.lineWidth = 2;
      context.beginPath();
      context.arc(ring.x, ring.y, 6 + 22 * part, 0, 2 * Math.PI);
      context.stroke();
    }
  }
}

function drawFloor(context: CanvasRenderingContext2D, { width, height }: Swarm["constants"]): void {
  context.fillStyle = "#0c1119";
  context.fillRect(0, 0, width, height);
  context.strokeStyle = "#151d2a";
  context.lineWidth = 2;
  context.beginPath();
  for (let at = GRID_PX; at < width; at += GRID_PX) {
    context.moveTo(at, 0);
    context.lineTo(at, height);
    context.moveTo(0, at);
    context.lineTo(width, at);
  }
  context.stroke();
  context.strokeStyle = "#3a4a63";
  context.lineWidth = 4;
  context.strokeRect(-2, -2, width + 4, height + 4);
}

function drawOrb(context: CanvasRenderingContext2D, orb: MatchView<Swarm>["orbs"][number], radius: number): void {
  // Places differ, so the orbs do not pulse together.
  const halo = radius * (5 + Math.sin((orb.ageMs + orb.x) / 300));
  context.drawImage(glow(ORB), orb.x - halo / 2, orb.y - halo / 2, halo, halo);
  context.fillStyle = ORB;
  context.beginPath();
  context.arc(orb.x, orb.y, radius * 0.7, 0, 2 * Math.PI);
  context.fill();
}

function drawPlayer(context: CanvasRenderingContext2D, player: PlayerView<Swarm>, arena: Swarm["constants"], now: number): void {
  const radius = arena.playerRadius;
  context.save();
  context.translate(player.x, player.y);
  context.globalAlpha = player.online ? 1 : 0.4;
  if (Math.hypot(player.vx, player.vy) > FAST) drawTrail(context, player, radius);
  if (player.item === MAGNET) drawReach(context, player, arena.reach, now);
  const halo = radius * 4.5;
  context.drawImage(glow(player.color), -halo / 2, -halo / 2, halo, halo);
  circle(context, radius, player.color);
  if (player.item === ANCHOR) {
    context.fillStyle = "#0c1119";
    context.fillRect(-radius / 3, -radius / 3, (2 * radius) / 3, (2 * radius) / 3);
  }
  if (player.own) {
    context.strokeStyle = player.dash === 0 ? "#ffffff" : "#6b7a90";
    context.lineWidth = 3;
    context.beginPath();
    context.arc(0, 0, radius + 4, 0, 2 * Math.PI);
    context.stroke();
  }
  context.textAlign = "center";
  context.font = "600 13px system-ui, sans-serif";
  context.fillStyle = "#c5d0e0";
  context.fillText(player.name, 0, -radius - 10);
  context.restore();
}

function drawTrail(context: CanvasRenderingContext2D, { vx, vy, color }: PlayerView<Swarm>, radius: number): void {
  for (let at = 3; at > 0; at--) {
    context.fillStyle = fade(color, 0.12 * (4 - at));
    context.beginPath();
    context.arc((-vx * at) / 2, (-vy * at) / 2, radius * (1 - at / 6), 0, 2 * Math.PI);
    context.fill();
  }
}

function drawReach(context: CanvasRenderingContext2D, { color }: PlayerView<Swarm>, reach: number, now: number): void {
  context.strokeStyle = fade(color, 0.25);
  context.lineWidth = 1.5;
  context.setLineDash([6, 10]);
  context.lineDashOffset = now / 40;
  context.beginPath();
  context.arc(0, 0, reach, 0, 2 * Math.PI);
  context.stroke();
  context.setLineDash([]);
}

function circle(context: CanvasRenderingContext2D, radius: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fill();
}
