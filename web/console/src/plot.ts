// The shape of a plot, as text of SVG paths.
import { SPAN_MS } from "./history.js";
import type { Point } from "./history.js";

/** The least time that a plot shows. */
const SPAN_MIN_MS = 120_000;

/** A plot in a box of this size. */
export interface Shape {
  readonly line: string;
  readonly area: string;
  /** The value at the top of the box. */
  readonly top: number;
  readonly fromMs: number;
  readonly toMs: number;
}

/** Time goes to the right. Each column shows the highest of its values. A gap ends the line. */
export function shape(points: readonly Point[], nowMs: number, width: number, height: number): Shape {
  const firstMs = points.find(({ value }) => !Number.isNaN(value))?.atMs ?? nowMs;
  const span = Math.min(SPAN_MS, Math.max(SPAN_MIN_MS, nowMs - firstMs));
  const fromMs = nowMs - span;
  const top = scaleTop(points.reduce((most, { value }) => (value > most ? value : most), 0));
  const x = (atMs: number) => Math.round(((atMs - fromMs) / span) * width);
  const y = (value: number) => round(height - 1 - (value / top) * (height - 2));
  let line = "";
  let area = "";
  for (const run of columns(points, x)) {
    const corners = run.map(({ column, value }) => `${column} ${y(value)}`);
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last) continue;
    // One point alone is a short line.
    line += `M${corners.join("L")}${run.length === 1 ? "h1" : ""}`;
    area += `M${first.column} ${height}L${corners.join("L")}L${last.column} ${height}Z`;
  }
  return { line, area, top, fromMs, toMs: nowMs };
}

/** The least of 5, 10, 20, 50, 100, … that is not below the value. */
export function scaleTop(value: number): number {
  let top = 5;
  for (let step = 0; top < value; step++) top *= step % 3 === 2 ? 2.5 : 2;
  return top;
}

/** The value at a time: that of the last point before it, unless that is a gap. */
export function valueAt(points: readonly Point[], atMs: number): Point | undefined {
  const before = points.filter((point) => point.atMs <= atMs).at(-1);
  return before && !Number.isNaN(before.value) ? before : undefined;
}

interface Column {
  readonly column: number;
  value: number;
}

/** The columns that have values, in runs without a gap. */
function columns(points: readonly Point[], x: (atMs: number) => number): Column[][] {
  const runs: Column[][] = [];
  let run: Column[] | undefined;
  for (const { atMs, value } of points) {
    if (Number.isNaN(value)) {
      run = undefined;
      continue;
    }
    if (!run) runs.push((run = []));
    const column = x(atMs);
    const last = run.at(-1);
    if (last?.column === column) last.value = Math.max(last.value, value);
    else run.push({ column, value });
  }
  return runs;
}

function round(value: number): number {
  return Math.round(value * 10) / 10;
}
