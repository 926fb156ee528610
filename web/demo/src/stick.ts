// A touch stick that appears under the thumb and follows it.

const REACH_PX = 46;
const DEAD_PX = 9;

export class Stick {
  readonly #base: HTMLElement;
  readonly #knob: HTMLElement;
  #pointer: number | undefined;
  #from = { x: 0, y: 0 };
  #by = { x: 0, y: 0 };

  constructor(base: HTMLElement) {
    this.#base = base;
    this.#knob = base.querySelector("i") ?? base;
  }

  get active(): boolean {
    return this.#pointer !== undefined;
  }

  /** Moved far enough to have a direction. */
  get deflected(): boolean {
    return this.active && Math.hypot(this.#by.x, this.#by.y) > DEAD_PX;
  }

  get direction(): readonly [number, number] {
    return this.deflected ? [this.#by.x / REACH_PX, this.#by.y / REACH_PX] : [0, 0];
  }

  has(event: PointerEvent): boolean {
    return event.pointerId === this.#pointer;
  }

  begin(event: PointerEvent): void {
    if (this.active) return;
    this.#pointer = event.pointerId;
    this.#from = { x: event.clientX, y: event.clientY };
    this.#by = { x: 0, y: 0 };
    this.#draw();
  }

  follow(event: PointerEvent): void {
    if (!this.has(event)) return;
    const [x, y] = [event.clientX - this.#from.x, event.clientY - this.#from.y];
    const far = Math.max(1, Math.hypot(x, y) / REACH_PX);
    this.#by = { x: x / far, y: y / far };
    this.#draw();
  }

  end(): void {
    this.#pointer = undefined;
    this.#by = { x: 0, y: 0 };
    this.#base.classList.remove("held");
    this.#base.style.transform = "";
    this.#knob.style.transform = "";
  }

  #draw(): void {
    this.#base.classList.add("held");
    // Released, the stick is at its default position; held, it is under the thumb.
    this.#base.style.transform = "";
    const rest = this.#base.getBoundingClientRect();
    const [x, y] = [this.#from.x - rest.left - rest.width / 2, this.#from.y - rest.top - rest.height / 2];
    this.#base.style.transform = `translate(${x}px, ${y}px)`;
    this.#knob.style.transform = `translate(${this.#by.x}px, ${this.#by.y}px)`;
  }
}
