// Measures the engine time of a frame in which a snapshot causes a replay of 20 ticks: node web/scripts/frame-time.mjs
const REPLAYED_TICKS = 20;
const FRAMES = 5_000;
const WARM_UP = 500;
/** The initial lead of a client over its newest snapshot, in ticks, minus a half to be safe from rounding. */
const LEAD_TICKS = 11.5;
const TICK_MS = 1000 / 60;
const PLAYERS = 5;
const SHOTS = 10;

/** The time of `receive`, `transmit` and `scene` together, µs: median, p99 and maximum; and the numbers of replayed ticks. */
export function frameTimes(engine) {
  const beginning = { game: "arena", seat: 0, tick: 0, seats: 0b11111n, snapshotsPerSecond: 60, settings: { match_seconds: 3600, lives: 3 } };
  engine.begin(0, beginning, engine.describe("arena").settings);
  engine.receive(0, snapshot(0));
  const times = [];
  const replayed = new Set();
  for (let tick = 1; tick < FRAMES; tick++) {
    const now = (tick + (tick === 1 ? 0 : REPLAYED_TICKS - LEAD_TICKS)) * TICK_MS;
    const frame = snapshot(tick);
    engine.setInput([Math.sin(tick / 9), Math.cos(tick / 7), tick / 20, Number(tick % 20 === 0)]);
    const begun = performance.now();
    engine.receive(now, frame);
    const sent = engine.transmit(now);
    engine.scene(now);
    const took = performance.now() - begun;
    if (tick > WARM_UP) times.push(took * 1000);
    // An input is for the newest simulated tick.
    if (tick > WARM_UP && sent) replayed.add(tickOf(sent) - tick);
  }
  times.sort((a, b) => a - b);
  const at = (share) => Math.round(times[Math.floor((times.length - 1) * share)]);
  return { medianUs: at(0.5), p99Us: at(0.99), mostUs: at(1), replayedTicks: [...replayed], corrections: engine.stats(FRAMES * TICK_MS).corrections };
}

/** The tick of an input frame: 26 bits after the kind and the count (PROTOCOL.md). */
function tickOf(frame) {
  const bits = [...new Uint8Array(frame, 0, 4)].map((byte) => byte.toString(2).padStart(8, "0")).join("");
  return parseInt(bits.slice(5, 31), 2);
}

/** A full snapshot of the arena (PROTOCOL.md). */
function snapshot(tick) {
  const fields = [[2, 3], [tick, 26], [0, 6], [63, 6], [1, 7], [0b11111, 5]];
  for (let seat = 0; seat < PLAYERS; seat++) {
    fields.push([3000 + seat * 1500, 14], [4000 + (tick % 500), 14], [(tick * 3) % 1024, 10], [3, 2], [0, 4], [0, 7], [0, 1]);
  }
  for (let shot = 0; shot < Math.min(SHOTS, tick); shot++) {
    fields.push([1, 1], [shot % PLAYERS, 3], [0, 1], [shot, 4], [6000, 14], [6000, 14], [(shot * 97) % 1024, 10]);
  }
  fields.push([0, 1]);
  const text = fields.map(([value, width]) => value.toString(2).padStart(width, "0")).join("");
  return Uint8Array.from(text.match(/.{1,8}/g), (byte) => parseInt(byte.padEnd(8, "0"), 2)).buffer;
}

if (typeof process !== "undefined" && process.argv[1]?.endsWith("frame-time.mjs")) {
  const { Engine } = await import("../sdk/dist/index.js");
  const engine = await Engine.of(new URL("../sdk/dist/engine-arena.wasm", import.meta.url));
  console.log(JSON.stringify(frameTimes(engine)));
}
