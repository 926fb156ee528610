// What a frame of the page costs in a headless Chromium: node frames.mjs engine RUNS | node frames.mjs demo URL RUNS SECONDS
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { chromium } from "playwright-core";
import { by, intoMatch, noProblems, openTab, person, pressPlay, viewWhere } from "./page.mjs";

const ARGS = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-background-networking"];
const WEB = new URL("../../../web/", import.meta.url);
/** Nobody is asked for it: the page's files come from here. A page that is isolated has a clock of 5 µs instead of 100. */
const ORIGIN = "http://engine.localhost";
const ISOLATED = { "cross-origin-opener-policy": "same-origin", "cross-origin-embedder-policy": "require-corp" };
const KINDS = { js: "text/javascript", mjs: "text/javascript", wasm: "application/wasm", html: "text/html" };
const REPLAYED_TICKS = 20;
/** A frame that took longer than this came too late for its turn at 60 Hz. */
const LATE_MS = 20;
const PLAYERS = 5;

const subjects = {
  /** The engine alone, as the page ships it: `receive`, `transmit` and `scene` when a snapshot makes it replay 20 ticks. */
  async engine(browser, runs) {
    const figures = [];
    for (let run = 0; run < runs; run++) {
      const page = await browser.newPage();
      await page.route(`${ORIGIN}/**`, serve);
      await page.goto(`${ORIGIN}/page.html`);
      const times = await page.evaluate(measureEngine);
      assert.ok(times.isolated, "the clock is coarse");
      assert.deepEqual(times.replayedTicks, [REPLAYED_TICKS], "ticks that are replayed");
      assert.ok(times.corrections > 4_000, "a prediction was right");
      figures.push(times);
      await page.close();
    }
    const row = (name, read) => [name, spread(figures.map(read), 3)];
    print(`A frame of the engine with ${REPLAYED_TICKS} replayed ticks, ${runs} runs of 4,500 frames`, ["", "ms"], [
      row("p50", (times) => times.medianUs / 1000),
      row("p99", (times) => times.p99Us / 1000),
      row("most", (times) => times.mostUs / 1000),
    ]);
  },

  /** The whole page in matches of five: one person who runs and shoots, four bots. */
  async demo(browser, url, runs, seconds) {
    const figures = [];
    for (let run = 0; run < runs; run++) figures.push(await playDemo(browser, url, Number(seconds)));
    const row = (name, read, digits) => [name, spread(figures.map(read), digits)];
    print(`The page at /app in a match of ${PLAYERS}, 1280 × 800, drawn without a GPU, ${runs} runs of ${seconds} s`, ["", "median (least–most)"], [
      row("frames a second", (it) => it.perSecond, 1),
      row("from frame to frame, p50, ms", (it) => percentile(it.gaps, 0.5), 1),
      row("from frame to frame, p99, ms", (it) => percentile(it.gaps, 0.99), 1),
      row(`frames after more than ${LATE_MS} ms, of 1,000`, (it) => (it.gaps.filter((gap) => gap > LATE_MS).length / it.gaps.length) * 1000, 1),
      row("the page's own work in a frame, p50, ms", (it) => percentile(it.work, 0.5), 1),
      row("the page's own work in a frame, p99, ms", (it) => percentile(it.work, 0.99), 1),
      row("the main thread is busy, % of the time", (it) => it.busy * 100, 0),
    ]);
  },
};

async function playDemo(browser, url, seconds) {
  const context = await person(browser, { viewport: { width: 1280, height: 800 } });
  await context.addInitScript(noteFrames);
  const page = await openTab(context, `${url}/app`);
  await pressPlay(page, "Dorothea");
  await intoMatch(page);
  await viewWhere(page, "(view, players) => view.players.length === players", PLAYERS);
  const box = await by(page, "arena").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  const devtools = await context.newCDPSession(page);
  await devtools.send("Performance.enable");
  const busy = async () => {
    const { metrics } = await devtools.send("Performance.getMetrics");
    const value = (name) => metrics.find((metric) => metric.name === name).value;
    return { at: value("Timestamp"), task: value("TaskDuration") };
  };
  await page.evaluate(() => void window.framesNoted.splice(0));
  const before = await busy();
  const keys = ["KeyD", "KeyS", "KeyA", "KeyW"];
  for (let second = 0; second < seconds; second++) {
    const key = keys[second % keys.length];
    await page.keyboard.down(key);
    await new Promise((resolve) => setTimeout(resolve, 1000));
    await page.keyboard.up(key);
  }
  const after = await busy();
  const frames = await page.evaluate(() => window.framesNoted);
  assert.equal(await page.evaluate(() => document.body.dataset.screen), "match", "the match goes on to the end of a run");
  noProblems(page);
  await context.close();
  const gaps = frames.slice(1).map(([at], n) => at - frames[n][0]);
  return {
    gaps,
    work: frames.map(([, work]) => work),
    perSecond: (gaps.length * 1000) / gaps.reduce((sum, gap) => sum + gap, 0),
    busy: (after.task - before.task) / (after.at - before.at),
  };
}

/** In the page, before anything of it: when each frame began, and how long what the page does in it took. */
function noteFrames() {
  const frames = (window.framesNoted = []);
  const plain = window.requestAnimationFrame.bind(window);
  window.requestAnimationFrame = (draw) =>
    plain((now) => {
      const begun = performance.now();
      draw(now);
      const work = performance.now() - begun;
      const last = frames.at(-1);
      // What is drawn in the same frame counts together.
      if (last?.[0] === now) last[1] += work;
      else frames.push([now, work]);
    });
}

/** In the page. */
async function measureEngine() {
  const { Engine } = await import("/sdk/dist/index.js");
  const { frameTimes } = await import("/scripts/frame-time.mjs");
  const engine = await Engine.of("/demo/dist/engine-arena.wasm");
  return { ...frameTimes(engine), isolated: window.crossOriginIsolated };
}

async function serve(route) {
  const path = new URL(route.request().url()).pathname;
  const headers = { ...ISOLATED, "content-type": KINDS[path.split(".").at(-1)] ?? "text/plain" };
  const body = path === "/page.html" ? "<!doctype html>" : await readFile(fileURLToPath(new URL(`.${path}`, WEB))).catch(() => undefined);
  await route.fulfill(body === undefined ? { status: 404, headers } : { body, headers });
}

function percentile(values, share) {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor((sorted.length - 1) * share)];
}

/** `median (least–most)`. */
function spread(values, digits) {
  const [middle, least, most] = [0.5, 0, 1].map((share) => percentile(values, share).toFixed(digits));
  return `${middle} (${least}–${most})`;
}

function print(title, head, rows) {
  console.log(`\n${title}\n`);
  console.log([head, head.map(() => "---"), ...rows].map((row) => `| ${row.join(" | ")} |`).join("\n"));
}

const [, , subject, ...words] = process.argv;
const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args: ARGS });
try {
  console.log(`\nChromium ${browser.version()}, headless`);
  await subjects[subject](browser, ...words);
} finally {
  await browser.close();
  // The stories' questions are read from there.
  process.stdin.destroy();
}
