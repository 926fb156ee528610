// What the person does with keys, pointer and thumbs, as the input of this moment.
import type { Input } from "@skirmish/sdk";
import { byId } from "./dom.js";
import { Stick } from "./stick.js";

const KEYS: Readonly<Record<string, readonly [number, number]>> = {
  KeyW: [0, -1],
  KeyA: [-1, 0],
  KeyS: [0, 1],
  KeyD: [1, 0],
  ArrowUp: [0, -1],
  ArrowLeft: [-1, 0],
  ArrowDown: [0, 1],
  ArrowRight: [1, 0],
};

/** Where the own player is drawn, in CSS px of the page; undefined while it is not. */
export type OwnPlace = () => { x: number; y: number } | undefined;

export class Controls {
  readonly #field: HTMLElement;
  readonly #ownPlace: OwnPlace;
  readonly #held = new Set<string>();
  readonly #move = new Stick(byId("stick-move"));
  readonly #aimStick = new Stick(byId("stick-aim"));
  readonly #ended = new AbortController();
  #mouse: { x: number; y: number } | undefined;
  #pressed = false;
  /** A press shorter than a frame still fires once. */
  #clicked = false;
  #aim = 0;

  /** Listens until `end`. */
  constructor(field: HTMLElement, ownPlace: OwnPlace) {
    this.#field = field;
    this.#ownPlace = ownPlace;
    const { signal } = this.#ended;
    const stop = { signal, passive: false };
    addEventListener("keydown", (event) => this.#keyDown(event), stop);
    addEventListener("keyup", (event) => this.#held.delete(event.code), stop);
    addEventListener("blur", () => this.release(), stop);
    document.addEventListener("visibilitychange", () => this.release(), stop);
    field.addEventListener("pointerdown", (event) => this.#pointerDown(event), stop);
    field.addEventListener("contextmenu", (event) => event.preventDefault(), stop);
    // iOS scrolls and zooms by touch whatever touch-action says of nested elements.
    field.addEventListener("touchmove", (event) => event.preventDefault(), stop);
    addEventListener("pointermove", (event) => this.#pointerMove(event), stop);
    addEventListener("pointerup", (event) => this.#pointerUp(event), stop);
    addEventListener("pointercancel", (event) => this.#pointerUp(event), stop);
  }

  /** The input of this frame. */
  read(): Input {
    const move = this.#direction();
    this.#turn(move);
    const fire = this.#pressed || this.#clicked || this.#held.has("Space") || this.#aimStick.deflected;
    this.#clicked = false;
    return { move, aim: this.#aim, fire };
  }

  /** Lets go of everything, as when the page loses the focus. */
  release(): void {
    this.#held.clear();
    this.#pressed = false;
    this.#move.end();
    this.#aimStick.end();
  }

  end(): void {
    this.release();
    this.#ended.abort();
  }

  #direction(): readonly [number, number] {
    if (this.#move.active) return this.#move.direction;
    let [dx, dy] = [0, 0];
    for (const code of this.#held) {
      const [x, y] = KEYS[code] ?? [0, 0];
      dx += x;
      dy += y;
    }
    return [Math.sign(dx), Math.sign(dy)];
  }

  /** Aim follows the right thumb, else the mouse, else (keys alone) the way of moving. */
  #turn([dx, dy]: readonly [number, number]): void {
    const own = this.#ownPlace();
    if (this.#aimStick.deflected) {
      const [x, y] = this.#aimStick.direction;
      this.#aim = Math.atan2(y, x);
    } else if (this.#mouse && own) {
      this.#aim = Math.atan2(this.#mouse.y - own.y, this.#mouse.x - own.x);
    } else if (!this.#mouse && (dx !== 0 || dy !== 0)) {
      this.#aim = Math.atan2(dy, dx);
    }
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const onButton = event.target instanceof HTMLButtonElement;
    if (!(event.code in KEYS) && (event.code !== "Space" || onButton)) return;
    event.preventDefault();
    if (event.code === "Space" && !event.repeat) this.#clicked = true;
    this.#held.add(event.code);
  }

  #pointerDown(event: PointerEvent): void {
    if (event.target instanceof Element && event.target.closest("button")) return;
    event.preventDefault();
    if (event.pointerType === "mouse" || event.pointerType === "pen") {
      if (event.button !== 0) return;
      this.#mouse = { x: event.clientX, y: event.clientY };
      this.#pressed = this.#clicked = true;
      return;
    }
    const box = this.#field.getBoundingClientRect();
    const left = event.clientX < box.left + box.width / 2;
    (left ? this.#move : this.#aimStick).begin(event);
  }

  #pointerMove(event: PointerEvent): void {
    if (event.pointerType === "mouse" || event.pointerType === "pen") {
      this.#mouse = { x: event.clientX, y: event.clientY };
    }
    this.#move.follow(event);
    this.#aimStick.follow(event);
  }

  #pointerUp(event: PointerEvent): void {
    if (event.pointerType !== "touch") this.#pressed = false;
    if (this.#move.has(event)) this.#move.end();
    if (this.#aimStick.has(event)) this.#aimStick.end();
  }
}
