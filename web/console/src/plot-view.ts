// A plot in the page: the last hour of a value, and the value at the pointer.
import { make, setText, svg } from "./dom.js";
import { count, duration } from "./format.js";
import type { Point } from "./history.js";
import { shape, valueAt } from "./plot.js";
import type { Shape } from "./plot.js";

const WIDTH = 240;
const HEIGHT = 56;

export class PlotView {
  readonly element: HTMLElement;
  readonly #label: string;
  readonly #svg = svg("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, preserveAspectRatio: "none", role: "img" });
  readonly #area = svg("path", { class: "area" });
  readonly #line = svg("path", { class: "line" });
  readonly #rule = svg("line", { class: "rule", y1: 0, y2: HEIGHT, x1: -1, x2: -1 });
  readonly #top = make("span", "plot-top");
  readonly #from = make("span", "plot-from");
  readonly #read = make("output", "plot-read");
  #points: readonly Point[] = [];
  #shape: Shape | undefined;
  /** Where the pointer is, 0 to 1. */
  #pointer: number | undefined;

  /** `label` is for readers of the screen; a small one has no scale. */
  constructor(label: string, isSmall = false) {
    this.#label = label;
    this.#svg.append(this.#area, this.#line, this.#rule);
    const scale = isSmall ? [] : [this.#top, this.#from, this.#read];
    this.element = make("div", isSmall ? "plot small-plot" : "plot", this.#svg, ...scale);
    if (isSmall) return;
    this.#svg.addEventListener("pointermove", (event) => {
      const { left, width } = this.#svg.getBoundingClientRect();
      this.#pointer = (event.clientX - left) / width;
      this.#drawPointer();
    });
    this.#svg.addEventListener("pointerleave", () => {
      this.#pointer = undefined;
      this.#drawPointer();
    });
  }

  draw(points: readonly Point[], nowMs: number): void {
    const drawn = shape(points, nowMs, WIDTH, HEIGHT);
    [this.#points, this.#shape] = [points, drawn];
    this.#line.setAttribute("d", drawn.line);
    this.#area.setAttribute("d", drawn.area);
    setText(this.#top, count(drawn.top));
    const span = duration(drawn.toMs - drawn.fromMs);
    setText(this.#from, `last ${span}`);
    const now = points.at(-1)?.value ?? NaN;
    const most = points.reduce((most, { value }) => (value > most ? value : most), 0);
    const said = Number.isNaN(now) ? "no value now" : `now ${count(now)}`;
    this.#svg.setAttribute("aria-label", `${this.#label} in the last ${span}: ${said}, at most ${count(most)}`);
    this.#drawPointer();
  }

  #drawPointer(): void {
    const [drawn, pointer] = [this.#shape, this.#pointer];
    const point = drawn && pointer !== undefined ? valueAt(this.#points, drawn.fromMs + pointer * (drawn.toMs - drawn.fromMs)) : undefined;
    const x = point && pointer !== undefined ? pointer * WIDTH : -1;
    this.#rule.setAttribute("x1", String(x));
    this.#rule.setAttribute("x2", String(x));
    setText(this.#read, point && drawn ? `${count(point.value)}, ${duration(drawn.toMs - point.atMs)} ago` : "");
  }
}
