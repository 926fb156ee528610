// Passes pointer and keys to a renderer that has its own controls, such as cards to tap.
import type { Input } from "@skirmish/sdk";
import { byId, show } from "./dom.js";
import type { Renderer } from "./renderer.js";

/** Elements that handle their own keys. */
const OTHERS = "button, input, select, textarea, a";
const NEUTRAL: Input = { move: [0, 0], aim: 0, fire: false };

export class CanvasControls {
  readonly #canvas: HTMLCanvasElement;
  readonly #ended = new AbortController();

  /** Listens until `end`. */
  constructor(canvas: HTMLCanvasElement, renderer: Renderer) {
    this.#canvas = canvas;
    const options = { signal: this.#ended.signal, passive: false };
    show(byId("thumbs"), false);
    const point = (event: PointerEvent, isPress: boolean) => {
      const box = canvas.getBoundingClientRect();
      renderer.onPointer?.({ x: event.clientX - box.left, y: event.clientY - box.top }, isPress);
    };
    canvas.addEventListener("pointermove", (event) => point(event, false), options);
    canvas.addEventListener("pointerdown", (event) => event.button === 0 && point(event, true), options);
    // iOS ignores touch-action on nested elements, and scrolls and zooms.
    canvas.addEventListener("touchmove", (event) => event.preventDefault(), options);
    addEventListener("keydown", (event) => this.#key(event, renderer), options);
  }

  /** The game has no input. */
  read(): Input {
    return NEUTRAL;
  }

  end(): void {
    this.#ended.abort();
    show(byId("thumbs"), true);
    // The renderer may have changed it.
    this.#canvas.style.cursor = "";
  }

  #key(event: KeyboardEvent, renderer: Renderer): void {
    const { target, repeat, ctrlKey, metaKey, altKey } = event;
    if (repeat || ctrlKey || metaKey || altKey) return;
    if (target instanceof Element && target.closest(OTHERS)) return;
    if (renderer.onKey?.(event)) event.preventDefault();
  }
}
