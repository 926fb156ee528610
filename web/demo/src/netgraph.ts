// The network graph: live plots of the connection. F3 toggles it.
import type { MatchStats } from "@skirmish/sdk";
import { byId, make, setText, show } from "./dom.js";

const SAMPLE_EVERY_MS = 100;
/** The number of samples in a plot: ten seconds. */
const SAMPLES = 100;
const PER_SECOND = 1000 / SAMPLE_EVERY_MS;
const WIDTH = 104;
const HEIGHT = 22;

interface Plot {
  readonly label: string;
  readonly unit: string;
  readonly digits: number;
  /** The minimum height of the scale, so that good values look low. */
  readonly top: number;
  readonly of: (now: MatchStats, before: MatchStats) => number;
}

const PLOTS: readonly Plot[] = [
  { label: "round trip", unit: "ms", digits: 0, top: 100, of: (now) => now.roundTripMs },
  { label: "jitter", unit: "ms", digits: 1, top: 20, of: (now) => now.jitterMs },
  { label: "margin", unit: "ticks", digits: 0, top: 4, of: (now) => now.marginTicks },
  { label: "run-ahead", unit: "ticks", digits: 1, top: 10, of: (now) => now.runAheadTicks },
  { label: "view delay", unit: "ticks", digits: 1, top: 10, of: (now) => now.viewDelayTicks },
  { label: "snapshot age", unit: "ms", digits: 0, top: 100, of: (now) => now.snapshotAgeMs },
  { label: "snapshots", unit: "/s", digits: 0, top: 60, of: (now, before) => rate(now.snapshots, before.snapshots) },
  { label: "corrections", unit: "/s", digits: 0, top: 10, of: (now, before) => rate(now.corrections, before.corrections) },
  { label: "corrected", unit: "px/s", digits: 1, top: 20, of: (now, before) => rate(now.correctionsPx, before.correctionsPx) },
  { label: "underruns", unit: "/s", digits: 0, top: 5, of: (now, before) => rate(now.underruns, before.underruns) },
  { label: "in", unit: "B/s", digits: 0, top: 2000, of: (now, before) => rate(now.bytesIn, before.bytesIn) },
  { label: "out", unit: "B/s", digits: 0, top: 2000, of: (now, before) => rate(now.bytesOut, before.bytesOut) },
];

/** Whether the graph is shown; kept between matches. */
let isShown = false;

export class Netgraph {
  readonly #panel = byId("netgraph");
  readonly #stats: () => MatchStats | undefined;
  readonly #ended = new AbortController();
  readonly #route = make("div", "route");
  readonly #rows = PLOTS.map((plot) => new Row(plot));
  /** The samples of the last second, for rates. */
  #seen: MatchStats[] = [];
  #sampledAt = -Infinity;

  /** Handles the key until `end`. */
  constructor(stats: () => MatchStats | undefined) {
    this.#stats = stats;
    this.#panel.replaceChildren(this.#route, ...this.#rows.map((row) => row.element));
    show(this.#panel, isShown);
    const toggle = (event: KeyboardEvent) => {
      if (event.key !== "F3" || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
      event.preventDefault();
      if (!event.repeat) show(this.#panel, (isShown = !isShown));
    };
    addEventListener("keydown", toggle, { signal: this.#ended.signal });
  }

  /** Takes a sample if one is due, even while hidden, so that the graph has a history when it is shown. */
  update(now: number): void {
    if (now - this.#sampledAt < SAMPLE_EVERY_MS) return;
    this.#sampledAt = now;
    const stats = this.#stats();
    if (!stats) return;
    this.#seen.push(stats);
    if (this.#seen.length > PER_SECOND + 1) this.#seen.shift();
    const before = this.#seen[0] ?? stats;
    for (const row of this.#rows) row.add(stats, before);
    if (!isShown) return;
    setText(this.#route, routeOf(stats));
    for (const row of this.#rows) row.draw();
  }

  end(): void {
    this.#ended.abort();
    show(this.#panel, false);
  }
}

class Row {
  readonly element = make("div", "plot");
  readonly #plot: Plot;
  readonly #value = make("output");
  readonly #canvas = document.createElement("canvas");
  readonly #samples: number[] = [];

  constructor(plot: Plot) {
    this.#plot = plot;
    const ratio = Math.min(2, devicePixelRatio || 1);
    this.#canvas.width = WIDTH * ratio;
    this.#canvas.height = HEIGHT * ratio;
    this.element.dataset["plot"] = plot.label;
    this.element.append(make("span", "", plot.label), this.#value, this.#canvas);
  }

  add(now: MatchStats, before: MatchStats): void {
    this.#samples.push(this.#plot.of(now, before));
    if (this.#samples.length > SAMPLES) this.#samples.shift();
  }

  draw(): void {
    const { digits, unit, top } = this.#plot;
    setText(this.#value, `${(this.#samples.at(-1) ?? 0).toFixed(digits)} ${unit}`);
    const context = this.#canvas.getContext("2d");
    if (!context) return;
    const { width, height } = this.#canvas;
    const least = Math.min(0, ...this.#samples);
    const most = Math.max(top, ...this.#samples);
    const y = (value: number) => height - 2 - ((value - least) / (most - least)) * (height - 4);
    const x = (at: number) => ((at + SAMPLES - this.#samples.length) / (SAMPLES - 1)) * width;
    context.clearRect(0, 0, width, height);
    context.fillStyle = "#ffffff2e";
    context.fillRect(0, y(0), width, 1);
    context.strokeStyle = "#7fd1ff";
    context.lineWidth = height / HEIGHT;
    context.beginPath();
    this.#samples.forEach((value, at) => context.lineTo(x(at), y(value)));
    context.stroke();
  }
}

/** The transport, and in a deployment with regions the region. */
function routeOf({ transport, region }: MatchStats): string {
  const name = transport === "webtransport" ? "WebTransport" : "WebSocket";
  return region ? `${name}, ${region.name}` : name;
}

/** The rate of a count, from two samples one second apart. */
function rate(now: number, before: number): number {
  return Math.max(0, now - before);
}
