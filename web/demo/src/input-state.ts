// The state of keys and pointer, from the events of different platforms. Pure: time is an argument.
import type { Input } from "@skirmish/sdk";

const WAYS: Readonly<Record<string, readonly [number, number]>> = {
  KeyW: [0, -1],
  KeyA: [-1, 0],
  KeyS: [0, 1],
  KeyD: [1, 0],
  ArrowUp: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowRight: [1, 0],
};
const FIRE = "Space";
/** A player who fires by keyboard aims by keyboard too, if the mouse has not moved for this long. */
const MOUSE_REST_MS = 500;
/** The bit of `buttons` for the left button or a pen contact. */
const PRIMARY = 1;

/** The used part of a KeyboardEvent. */
export interface KeyPress {
  readonly code: string;
  readonly key?: string;
  readonly repeat?: boolean;
  readonly ctrlKey?: boolean;
  readonly metaKey?: boolean;
  readonly altKey?: boolean;
}

/** The used part of a PointerEvent of a mouse or pen. */
export interface PointerSample {
  readonly x: number;
  readonly y: number;
  /** The buttons that are down after this event. */
  readonly buttons: number;
  readonly ctrlKey?: boolean;
  /** A `pointerdown` of the primary button. */
  readonly isDown?: boolean;
  /** The pointer is over the field, not over a button or outside. */
  readonly inField?: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** The touch sticks: undefined while a stick is not touched or not moved. */
export interface Thumbs {
  readonly move: readonly [number, number] | undefined;
  readonly aim: readonly [number, number] | undefined;
}

const NO_THUMBS: Thumbs = { move: undefined, aim: undefined };

export class InputState {
  readonly #held = new Set<string>();
  #buttons = 0;
  #pressed = false;
  /** A press shorter than a frame still fires once. */
  #clicked = false;
  #pointer: Point | undefined;
  #pointerMovedAt = -Infinity;
  /** Whether the pointer aims: the last used device aims. */
  #aimsByPointer = false;
  #aim = 0;

  /** Returns true if the key belongs to the game: prevent its default action. */
  keyDown(key: KeyPress): boolean {
    // While Cmd is held, macOS sends no keyup events.
    if (isMeta(key) || key.metaKey) this.#held.clear();
    if (isMeta(key) || key.metaKey || key.ctrlKey || key.altKey) return false;
    if (!(key.code in WAYS) && key.code !== FIRE) return false;
    if (key.code === FIRE && !key.repeat) this.#clicked = true;
    this.#held.add(key.code);
    return true;
  }

  keyUp(key: KeyPress): void {
    if (isMeta(key)) this.#held.clear();
    this.#held.delete(key.code);
  }

  /**
   * Handles an event of a mouse or pen. With several buttons, only the first press is a `pointerdown` and only the last
   * release a `pointerup`; the others are moves with changed `buttons`.
   */
  pointer({ x, y, buttons, ctrlKey = false, isDown = false, inField = true }: PointerSample, now: number): void {
    // Browsers also send moves when only the page moved.
    const moved = x !== this.#pointer?.x || y !== this.#pointer.y;
    const isPress = isDown || (buttons & PRIMARY & ~this.#buttons) !== 0;
    this.#pointer = { x, y };
    this.#buttons = buttons;
    if ((buttons & PRIMARY) === 0) this.#pressed = false;
    // Ctrl+click is a right click on macOS.
    else if (isPress && inField && !ctrlKey) this.#pressed = this.#clicked = true;
    if (!moved && !isPress) return;
    this.#pointerMovedAt = now;
    this.#aimsByPointer = true;
  }

  /** A context menu opens: some platforms send no release of the button that opened it. */
  menu({ buttons, ctrlKey = false }: { buttons: number; ctrlKey?: boolean }): void {
    if (ctrlKey || (buttons & PRIMARY) === 0) this.#pressed = false;
  }

  /** A finger touches the screen. */
  touch(): void {
    this.#aimsByPointer = false;
  }

  /** Releases everything: the release events may not arrive. */
  release(): void {
    this.#held.clear();
    this.#pressed = this.#clicked = false;
  }

  /** The input of this frame; `own` is where the own player is drawn. */
  read(now: number, own: Point | undefined, thumbs: Thumbs = NO_THUMBS): Input {
    const move = thumbs.move ?? this.#direction();
    const byKey = this.#held.has(FIRE);
    if (byKey && now - this.#pointerMovedAt >= MOUSE_REST_MS) this.#aimsByPointer = false;
    this.#turn(move, own, thumbs.aim);
    const fire = this.#pressed || this.#clicked || byKey || thumbs.aim !== undefined;
    this.#clicked = false;
    return { move, aim: this.#aim, fire };
  }

  #direction(): readonly [number, number] {
    let [dx, dy] = [0, 0];
    for (const code of this.#held) {
      const [x, y] = WAYS[code] ?? [0, 0];
      dx += x;
      dy += y;
    }
    return [Math.sign(dx), Math.sign(dy)];
  }

  /** The aim follows the right stick, else the pointer if it was used last, else the direction of movement. */
  #turn([dx, dy]: readonly [number, number], own: Point | undefined, thumb: readonly [number, number] | undefined): void {
    if (thumb) this.#aim = Math.atan2(thumb[1], thumb[0]);
    else if (this.#aimsByPointer) {
      if (this.#pointer && own) this.#aim = Math.atan2(this.#pointer.y - own.y, this.#pointer.x - own.x);
    } else if (dx !== 0 || dy !== 0) this.#aim = Math.atan2(dy, dx);
  }
}

function isMeta({ code, key }: KeyPress): boolean {
  return key === "Meta" || /^(Meta|OS)(Left|Right)$/.test(code);
}
