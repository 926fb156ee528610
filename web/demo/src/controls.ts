// Reads keyboard, pointer and touch, and returns the current input.
import type { Input } from "@skirmish/sdk";
import { byId, show } from "./dom.js";
import { InputState } from "./input-state.js";
import type { Point } from "./input-state.js";
import { Stick } from "./stick.js";

/** The position of the own player, CSS px of the page; undefined while it is not drawn. */
export type OwnPlace = () => Point | undefined;

/** Elements that handle their own keys. */
const OTHERS = "button, input, select, textarea, a";

export class Controls {
  readonly #field: HTMLElement;
  readonly #ownPlace: OwnPlace;
  readonly #state = new InputState();
  readonly #move = new Stick(byId("stick-move"));
  readonly #aim = new Stick(byId("stick-aim"));
  readonly #ended = new AbortController();
  #moves = true;
  #aims = true;

  /** Listens until `end`. */
  constructor(field: HTMLElement, ownPlace: OwnPlace) {
    this.#field = field;
    this.#ownPlace = ownPlace;
    const { signal } = this.#ended;
    const options = { signal, passive: false };
    addEventListener("keydown", (event) => this.#keyDown(event), options);
    addEventListener("keyup", (event) => this.#state.keyUp(event), options);
    field.addEventListener("pointerdown", (event) => this.#pointerDown(event), options);
    for (const type of ["pointermove", "pointerup"] as const) {
      addEventListener(type, (event) => this.#pointer(event), options);
    }
    for (const type of ["pointercancel", "lostpointercapture"] as const) {
      addEventListener(type, (event) => this.#pointerLost(event), options);
    }
    field.addEventListener("contextmenu", (event) => this.#menu(event), options);
    // iOS ignores touch-action on nested elements, and scrolls and zooms.
    field.addEventListener("touchmove", (event) => event.preventDefault(), options);
    const release = () => this.release();
    for (const type of ["blur", "pagehide"]) addEventListener(type, release, options);
    for (const type of ["visibilitychange", "fullscreenchange"]) document.addEventListener(type, release, options);
    // A dialog or menu of the page has its own keys.
    document.addEventListener("toggle", release, { ...options, capture: true });
  }

  /** The input of this frame. */
  read(): Input {
    const { active, direction } = this.#move;
    const aim = this.#aim.deflected ? this.#aim.direction : undefined;
    return this.#state.read(performance.now(), this.#ownPlace(), { move: active ? direction : undefined, aim });
  }

  /** Shows and uses the sticks that a game needs. */
  setSticks(moves: boolean, aims: boolean): void {
    [this.#moves, this.#aims] = [moves, aims];
    show(byId("stick-move"), moves);
    show(byId("stick-aim"), aims);
  }

  /** Releases everything, as when the page loses focus. */
  release(): void {
    this.#state.release();
    this.#move.end();
    this.#aim.end();
  }

  end(): void {
    this.release();
    this.setSticks(true, true);
    this.#ended.abort();
  }

  #keyDown(event: KeyboardEvent): void {
    if (event.code === "Space" && isOthers(event.target)) return;
    if (this.#state.keyDown(event)) event.preventDefault();
  }

  #pointerDown(event: PointerEvent): void {
    if (isOthers(event.target)) return;
    event.preventDefault();
    if (event.pointerType !== "touch") return this.#pointer(event);
    // This is the first finger on the screen, so earlier touches have ended, even if their end event is missing.
    if (event.isPrimary) this.release();
    this.#state.touch();
    const box = this.#field.getBoundingClientRect();
    const left = event.clientX < box.left + box.width / 2;
    if (this.#moves && (left || !this.#aims)) this.#move.begin(event);
    else if (this.#aims) this.#aim.begin(event);
  }

  #pointer(event: PointerEvent): void {
    if (event.pointerType === "touch") return this.#finger(event);
    const { clientX: x, clientY: y, buttons, ctrlKey, type, button, target } = event;
    const inField = target instanceof Node && this.#field.contains(target) && !isOthers(target);
    const isDown = type === "pointerdown" && button === 0;
    this.#state.pointer({ x, y, buttons, ctrlKey, isDown, inField }, performance.now());
  }

  #finger(event: PointerEvent): void {
    for (const stick of [this.#move, this.#aim]) {
      if (event.type === "pointermove") stick.follow(event);
      else if (stick.has(event)) stick.end();
    }
  }

  #pointerLost(event: PointerEvent): void {
    if (event.pointerType === "touch") return this.#finger(event);
    this.#state.pointer({ x: event.clientX, y: event.clientY, buttons: 0 }, performance.now());
  }

  #menu(event: MouseEvent): void {
    event.preventDefault();
    this.#state.menu(event);
  }
}

function isOthers(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest(OTHERS) !== null;
}
