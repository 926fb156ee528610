// The camera: shows the whole arena if it fits, else the part around the own player.

/** The size of a game's world, px. */
export interface World {
  readonly width: number;
  readonly height: number;
}

/** Visible margin around the walls, arena px. */
const MARGIN_PX = 14;
/** Below this scale, players are hard to see: the camera zooms in and follows the player. */
const SCALE_MIN = 0.72;
const PIXEL_RATIO_MAX = 2.5;

export class Camera {
  readonly #canvas: HTMLCanvasElement;
  readonly #cover: boolean;
  /** CSS px. */
  width = 0;
  height = 0;
  /** CSS px per arena px. */
  scale = 1;
  /** The position of the arena's corner on the canvas, CSS px. */
  x = 0;
  y = 0;
  ratio = 1;

  /** True if only a part of the arena is visible. */
  follows = false;

  /** `cover`: fills the canvas with the middle of the arena, for a background. */
  constructor(canvas: HTMLCanvasElement, cover: boolean) {
    this.#canvas = canvas;
    this.#cover = cover;
  }

  /** Fits the canvas to its box, and centers the target. */
  look(arena: World, target: { x: number; y: number } | undefined): void {
    this.#measure();
    const wide = arena.width + 2 * MARGIN_PX;
    const high = arena.height + 2 * MARGIN_PX;
    const fitting = Math.min(this.width / wide, this.height / high);
    this.follows = fitting < SCALE_MIN && !this.#cover;
    this.scale = this.follows ? SCALE_MIN : fitting;
    if (this.#cover) this.scale = Math.max(this.width / arena.width, this.height / arena.height);
    if (this.#cover) {
      this.x = (this.width - arena.width * this.scale) / 2;
      this.y = (this.height - arena.height * this.scale) / 2;
      return;
    }
    this.x = shift(this.width, arena.width * this.scale, (target?.x ?? arena.width / 2) * this.scale);
    this.y = shift(this.height, arena.height * this.scale, (target?.y ?? arena.height / 2) * this.scale);
  }

  /** Sets the canvas's transform: after it, draw in arena px. */
  apply(context: CanvasRenderingContext2D, dx = 0, dy = 0): void {
    const scale = this.scale * this.ratio;
    context.setTransform(scale, 0, 0, scale, (this.x + dx) * this.ratio, (this.y + dy) * this.ratio);
  }

  /** Converts an arena position to CSS px of the page. */
  toPage(at: { x: number; y: number }): { x: number; y: number } {
    const box = this.#canvas.getBoundingClientRect();
    return { x: box.left + this.x + at.x * this.scale, y: box.top + this.y + at.y * this.scale };
  }

  #measure(): void {
    this.width = this.#canvas.clientWidth;
    this.height = this.#canvas.clientHeight;
    this.ratio = Math.min(PIXEL_RATIO_MAX, devicePixelRatio || 1);
    const [width, height] = [Math.round(this.width * this.ratio), Math.round(this.height * this.ratio)];
    if (this.#canvas.width !== width) this.#canvas.width = width;
    if (this.#canvas.height !== height) this.#canvas.height = height;
  }
}

/** Centres the arena if it fits; else centres the target, without showing more than the margin beyond the walls. */
function shift(room: number, size: number, target: number): number {
  if (size + 2 * MARGIN_PX <= room) return (room - size) / 2;
  return Math.min(MARGIN_PX, Math.max(room - size - MARGIN_PX, room / 2 - target));
}
