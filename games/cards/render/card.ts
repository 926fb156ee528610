// Draws a card: its face or its back.

/** The meaning of a card's number, from the constants of the game. */
export interface Rules {
  readonly values: number;
  readonly skip: number;
  readonly takeTwo: number;
}

export interface CardLook {
  /** The middle, px. */
  readonly x: number;
  readonly y: number;
  readonly height: number;
  /** Radians. */
  readonly angle?: number;
  /** The brightness: 1 is normal, less is darker. */
  readonly light?: number;
  /** A frame around the card. */
  readonly frame?: string;
  /** The design of the back: 0 diamonds, 1 waves, 2 stars, as `BACKS` in `src/lib.rs`. */
  readonly back?: number;
}

const COLORS = ["#ef5464", "#e8a92f", "#2fae7a", "#3f8cf0"];
/** The width of a card relative to its height. */
export const ASPECT = 0.7;

export const colorOf = (card: number, { values }: Rules) => COLORS[Math.floor((card - 1) / values)] ?? "#888888";
const valueOf = (card: number, { values }: Rules) => ((card - 1) % values) + 1;

/** Whether a card can be played on another one, as `matches` in `src/lib.rs`. */
export function matches(card: number, top: number, rules: Rules): boolean {
  return colorOf(card, rules) === colorOf(top, rules) || valueOf(card, rules) === valueOf(top, rules);
}

/** Draws a card; 0 is the back of one. */
export function drawCard(context: CanvasRenderingContext2D, card: number, rules: Rules, look: CardLook): void {
  const { x, y, height, angle = 0, light = 1, frame, back = 0 } = look;
  const width = height * ASPECT;
  context.save();
  context.translate(x, y);
  context.rotate(angle);
  context.shadowColor = frame ?? "rgba(0,0,0,0.45)";
  context.shadowBlur = height * (frame ? 0.16 : 0.07);
  context.shadowOffsetY = frame ? 0 : height * 0.025;
  panel(context, width, height, card > 0 ? "#f7f4ec" : "#2b3a5c");
  context.shadowColor = "transparent";
  if (card > 0) drawFace(context, card, rules, height);
  else drawBack(context, height, back);
  if (light < 1) panel(context, width, height, `rgba(7,9,13,${1 - light})`);
  context.restore();
}

function drawFace(context: CanvasRenderingContext2D, card: number, rules: Rules, height: number): void {
  const width = height * ASPECT;
  const color = colorOf(card, rules);
  const value = valueOf(card, rules);
  panel(context, width * 0.88, height * 0.915, color);
  context.save();
  context.rotate(0.42);
  context.fillStyle = "#f7f4ec";
  context.beginPath();
  context.ellipse(0, 0, width * 0.31, height * 0.37, 0, 0, 2 * Math.PI);
  context.fill();
  context.restore();
  context.fillStyle = context.strokeStyle = color;
  glyph(context, value, rules, height * 0.4);
  context.fillStyle = context.strokeStyle = "#ffffff";
  for (const turn of [0, Math.PI]) {
    context.save();
    context.rotate(turn);
    context.translate(-width * 0.31, -height * 0.36);
    glyph(context, value, rules, height * 0.13);
    context.translate(width * 0.62, 0);
    suit(context, Math.floor((card - 1) / rules.values), height * 0.045);
    context.restore();
  }
}

const BACKS = [diamonds, waves, stars];
const BACK_COLORS = ["#18223a", "#123437", "#33203f"];

function drawBack(context: CanvasRenderingContext2D, height: number, back: number): void {
  panel(context, height * ASPECT * 0.88, height * 0.915, BACK_COLORS[back] ?? "#18223a");
  context.strokeStyle = ["#3c5080", "#2f8f8a", "#9a6bc0"][back] ?? "#3c5080";
  context.lineWidth = Math.max(1, height * 0.014);
  (BACKS[back] ?? diamonds)(context, height);
}

function diamonds(context: CanvasRenderingContext2D, height: number): void {
  for (const size of [0.34, 0.23, 0.12]) {
    context.beginPath();
    context.moveTo(0, -height * size);
    context.lineTo(height * size * 0.72, 0);
    context.lineTo(0, height * size);
    context.lineTo(-height * size * 0.72, 0);
    context.closePath();
    context.stroke();
  }
}

function waves(context: CanvasRenderingContext2D, height: number): void {
  const side = height * 0.24;
  for (let y = -0.32; y <= 0.33; y += 0.16) {
    context.beginPath();
    context.moveTo(-side, y * height);
    context.quadraticCurveTo(-side / 2, (y - 0.1) * height, 0, y * height);
    context.quadraticCurveTo(side / 2, (y + 0.1) * height, side, y * height);
    context.stroke();
  }
}

function stars(context: CanvasRenderingContext2D, height: number): void {
  for (const [x, y, size] of [[0, 0, 0.15], [-0.16, -0.27, 0.07], [0.16, 0.27, 0.07], [0.15, -0.24, 0.05], [-0.15, 0.24, 0.05]] as const) {
    context.beginPath();
    for (let at = 0; at <= 10; at++) {
      const angle = (at / 10) * 2 * Math.PI - Math.PI / 2;
      const radius = height * size * (at % 2 ? 0.42 : 1);
      context.lineTo(x * height + Math.cos(angle) * radius, y * height + Math.sin(angle) * radius);
    }
    context.stroke();
  }
}

/** The value: a number, a barred circle, or +2. */
function glyph(context: CanvasRenderingContext2D, value: number, rules: Rules, size: number): void {
  if (value === rules.skip) {
    const radius = size * 0.36;
    context.lineWidth = size * 0.13;
    context.beginPath();
    context.arc(0, 0, radius, 0, 2 * Math.PI);
    context.moveTo(-radius * 0.7, radius * 0.7);
    context.lineTo(radius * 0.7, -radius * 0.7);
    context.stroke();
    return;
  }
  const text = value === rules.takeTwo ? "+2" : String(value);
  context.font = `800 ${text.length > 1 ? size * 0.74 : size}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.fillText(text, 0, size * 0.05);
}

/** A shape for each colour, for people who cannot distinguish the colours. */
function suit(context: CanvasRenderingContext2D, color: number, radius: number): void {
  context.beginPath();
  if (color === 3) context.arc(0, 0, radius, 0, 2 * Math.PI);
  else {
    const corners = color === 0 ? 3 : 4;
    const turn = color === 1 ? Math.PI / 4 : 0;
    for (let at = 0; at < corners; at++) {
      const angle = (at / corners) * 2 * Math.PI - Math.PI / 2 + turn;
      context.lineTo(Math.cos(angle) * radius * 1.2, Math.sin(angle) * radius * 1.2);
    }
  }
  context.fill();
}

function panel(context: CanvasRenderingContext2D, width: number, height: number, color: string): void {
  context.fillStyle = color;
  context.beginPath();
  context.roundRect(-width / 2, -height / 2, width, height, height * 0.07);
  context.fill();
}
