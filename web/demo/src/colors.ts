// The colours that players and bots choose from, and shades of them.

export const SWATCHES: readonly { readonly color: string; readonly name: string }[] = [
  { color: "#ff5d5d", name: "Coral" },
  { color: "#ffa94d", name: "Amber" },
  { color: "#ffe066", name: "Lemon" },
  { color: "#69db7c", name: "Mint" },
  { color: "#38d9a9", name: "Lagoon" },
  { color: "#4dabf7", name: "Sky" },
  { color: "#9775fa", name: "Violet" },
  { color: "#f783ac", name: "Pink" },
];

const rgb = new Map<string, string>();

/** A colour with an opacity. */
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

/** A round glow in this colour. Cached, because blurring on every frame is slow. */
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
