// The colours players choose from, and shades of them.

export const SWATCHES: readonly { readonly color: string; readonly name: string }[] = [
  { color: "#ff5d73", name: "Coral" },
  { color: "#ff9f45", name: "Amber" },
  { color: "#ffe066", name: "Lemon" },
  { color: "#5ee48a", name: "Mint" },
  { color: "#35d9d0", name: "Lagoon" },
  { color: "#4fa8ff", name: "Sky" },
  { color: "#a98bff", name: "Violet" },
  { color: "#ff7ad1", name: "Pink" },
];

const rgb = new Map<string, string>();

/** The colour with this opacity. */
export function fade(color: string, opacity: number): string {
  let parts = rgb.get(color);
  if (parts === undefined) {
    const value = /^#[0-9a-f]{6}$/i.test(color) ? Number.parseInt(color.slice(1), 16) : 0xffffff;
    rgb.set(color, (parts = `${value >> 16},${(value >> 8) & 255},${value & 255}`));
  }
  return `rgba(${parts},${opacity.toFixed(3)})`;
}

const sprites = new Map<string, HTMLCanvasElement>();
const SPRITE = 64;

/** A soft round glow of this colour, drawn once: blurring on every frame is slow. */
export function glow(color: string): HTMLCanvasElement {
  let sprite = sprites.get(color);
  if (sprite) return sprite;
  sprite = document.createElement("canvas");
  sprite.width = sprite.height = SPRITE;
  const context = sprite.getContext("2d");
  if (context) {
    const half = SPRITE / 2;
    const gradient = context.createRadialGradient(half, half, 0, half, half, half);
    gradient.addColorStop(0, fade(color, 0.85));
    gradient.addColorStop(0.35, fade(color, 0.28));
    gradient.addColorStop(1, fade(color, 0));
    context.fillStyle = gradient;
    context.fillRect(0, 0, SPRITE, SPRITE);
  }
  sprites.set(color, sprite);
  return sprite;
}
