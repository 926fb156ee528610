// The renderer of tag: the floor, the players, and a ring of spikes around the player who is it.
import type { GameEvent, GameShape, MatchView, PlayerView } from "@skirmish/sdk";
import { Camera } from "@skirmish/demo/camera.js";
import { fade, glow } from "@skirmish/demo/colors.js";
import type { About, MakeRenderer, Place, Renderer } from "@skirmish/demo/renderer.js";

const GRID_PX = 103;
const IT = "#ff4d5e";
const FLASH_MS = 400;

/** The types of tag, as in `src/lib.rs`. */
interface Tag extends GameShape {
  readonly player: {
    readonly x: number;
    readonly y: number;
    readonly it: boolean;
    /** Ticks after a touch in which the player who is it cannot catch other players. */
    readonly rest: number;
    /** Seconds during which the player was not it. */
    readonly score: number;
    readonly out: boolean;
  };
  readonly constants: { readonly width: number; readonly height: number; readonly playerRadius: number };
}

export const about: About = { text: "One is it. Do not get caught.", aims: false };

export const makeRenderer: MakeRenderer = (canvas) => new TagRenderer(canvas) as Renderer;

class TagRenderer implements Renderer<Tag> {
  readonly #camera: Camera;
  readonly #context: CanvasRenderingContext2D;
  /** The last player who was caught, and when, for a flash. */
  #caught: { readonly playerId: unknown; readonly at: number } | undefined;

  constructor(canvas: HTMLCanvasElement) {
    const context = canvas.getContext("2d", { alpha: false });
    if (!context) throw new Error("this browser has no canvas");
    this.#context = context;
    this.#camera = new Camera(canvas, false);
  }

  draw(view: MatchView<Tag>, now: number): void {
    this.#camera.look(view.arena, view.me);
    const context = this.#context;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.fillStyle = "#07090d";
    context.fillRect(0, 0, context.canvas.width, context.canvas.height);
    this.#camera.apply(context);
    drawFloor(context, view);
    for (const player of view.players) {
      if (player.alive) this.#drawPlayer(player, view.arena.playerRadius, now);
    }
  }

  toPage(at: Place): Place {
    return this.#camera.toPage(at);
  }

  onEvent(event: GameEvent): void {
    if (event.event === "tag") this.#caught = { playerId: event["player_id"], at: performance.now() };
  }

  #drawPlayer(player: PlayerView<Tag>, radius: number, now: number): void {
    const context = this.#context;
    const flash = this.#caught?.playerId === player.playerId ? 1 - (now - this.#caught.at) / FLASH_MS : 0;
    context.save();
    context.translate(player.x, player.y);
    context.globalAlpha = (player.online ? 1 : 0.4);
    const halo = radius * (player.it ? 7 : 4.5);
    context.drawImage(glow(player.it ? IT : player.color), -halo / 2, -halo / 2, halo, halo);
    if (player.it && player.rest === 0) drawSpikes(context, radius, now);
    circle(context, radius, player.color);
    if (flash > 0) circle(context, radius * (1 + 2 * (1 - flash)), fade(IT, flash));
    if (player.own) {
      context.strokeStyle = "#ffffff";
      context.lineWidth = 2;
      context.beginPath();
      context.arc(0, 0, radius + 4, 0, 2 * Math.PI);
      context.stroke();
    }
    context.textAlign = "center";
    context.font = "600 13px system-ui, sans-serif";
    context.fillStyle = "#c5d0e0";
    context.fillText(player.it ? `${player.name} is it` : player.name, 0, -radius - 12);
    context.restore();
  }
}

function drawFloor(context: CanvasRenderingContext2D, { arena, me }: MatchView<Tag>): void {
  const { width, height } = arena;
  context.fillStyle = "#0e131c";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#121926";
  for (let x = 0; x < width; x += GRID_PX) {
    for (let y = ((x / GRID_PX) % 2) * GRID_PX; y < height; y += 2 * GRID_PX) context.fillRect(x, y, GRID_PX, GRID_PX);
  }
  context.strokeStyle = me?.it ? IT : "#3a4a63";
  context.lineWidth = 3;
  context.strokeRect(-1.5, -1.5, width + 3, height + 3);
}

function drawSpikes(context: CanvasRenderingContext2D, radius: number, now: number): void {
  context.fillStyle = IT;
  for (let at = 0; at < 8; at++) {
    const angle = (at / 8) * 2 * Math.PI + now / 400;
    context.save();
    context.rotate(angle);
    context.beginPath();
    context.moveTo(radius + 11, 0);
    context.lineTo(radius + 2, -5);
    context.lineTo(radius + 2, 5);
    context.fill();
    context.restore();
  }
}

function circle(context: CanvasRenderingContext2D, radius: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.arc(0, 0, radius, 0, 2 * Math.PI);
  context.fill();
}
