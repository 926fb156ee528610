// What is held and pressed right now, from events as platforms deliver them; pure: time is an argument, nothing is drawn.
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
/** Who fires with the keyboard, and has not moved the mouse for this long, aims with the keyboard, too. */
const MOUSE_REST_MS = 500;
/** The bit of `buttons` for the left button, or a pen that touches. */
const PRIMARY = 1;

/** The part of a KeyboardEvent that counts. */
export interface KeyPress {
  readonly code: string;
  readonly key?: string;
  readonly repeat?: boolean;
  readonly ctrlKey?: boolean;
  readonly metaKey?: boolean;
  readonly altKey?: boolean;
}

/** The part of a mouse's or pen's PointerEvent that counts. */
export interface PointerSample {
  readonly x: number;
  readonly y: number;
  /** Which buttons are down after this event. */
  readonly buttons: number;
  readonly ctrlKey?: boolean;
  /** A `pointerdown` of the primary button. */
  readonly isDown?: boolean;
  /** It is over the field, not over a button or outside. */
  readonly inField?: boolean;
}

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** What the thumbs say: undefined where none is on the screen, or it has not moved. */
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
  /** The device used last aims. */
  #aimsByPointer = false;
  #aim = 0;

  /** True: the key belongs to the game, and the browser must do nothing with it. */
  keyDown(key: KeyPress): boolean {
    // While Cmd is held, macOS tells of no key that is let go.
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
   * A mouse or pen did something. Of several buttons only the first one pressed is told as `pointerdown`, and only the last one
   * released as `pointerup`; the rest are moves whose `buttons` changed.
   */
  pointer({ x, y, buttons, ctrlKey = false, isDown = false, inField = true }: PointerSample, now: number): void {
    // Browsers tell of moves where only the page moved.
    const moved = x !== this.#pointer?.x || y !== this.#pointer.y;
    const isPress = isDown || (buttons & PRIMARY & ~this.#buttons) !== 0;
    this.#pointer = { x, y };
    this.#buttons = buttons;
    if ((buttons & PRIMARY) === 0) this.#pressed = false;
    // With Ctrl it is macOS's right click.
    else if (isPress && inField && !ctrlKey) this.#pressed = this.#clicked = true;
    if (!moved && !isPress) return;
    this.#pointerMovedAt = now;
    this.#aimsByPointer = true;
  }

  /** A menu opens: some platforms tell nothing more of the button that opened it. */
  menu({ buttons, ctrlKey = false }: { buttons: number; ctrlKey?: boolean }): void {
    if (ctrlKey || (buttons & PRIMARY) === 0) this.#pressed = false;
  }

  /** A finger is on the screen. */
  touch(): void {
    this.#aimsByPointer = false;
  }

  /** Lets go of everything: whatever is released from here on may never be told. */
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

  /** Aim follows the right thumb, else the pointer where that was used last, else the way of moving. */
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
