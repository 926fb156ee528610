// Which pages get a replay from the console.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { ReplayWindows } = await load("replay-window");
const REPORT = { room: "main.r1", tick: 540, player_id: "p-1" };

/** A window of the console, the page that it opened, and what that page was sent. */
function opened(replay) {
  const heard = new EventTarget();
  const sent = [];
  const page = { closed: false, postMessage: (data, { targetOrigin }) => sent.push([data, targetOrigin]) };
  globalThis.addEventListener = (...args) => heard.addEventListener(...args);
  globalThis.location = { origin: "https://play.example.org" };
  const urls = [];
  globalThis.window = { open: (url) => (urls.push(url), page) };
  const windows = new ReplayWindows({ replay });
  const ask = async (from) => {
    const event = Object.assign(new Event("message"), { origin: location.origin, source: page, ...from });
    event.data ??= { type: "skirmish.replay.wanted", room: "main.r1" };
    heard.dispatchEvent(event);
    await new Promise(setImmediate);
  };
  return { windows, sent, urls, ask };
}

test("a page that the console opened gets the replay of its report", async () => {
  const bytes = new Uint8Array([1, 2]);
  const { windows, sent, urls, ask } = opened(async () => bytes);
  assert.equal(windows.open(REPORT), true);
  assert.deepEqual(urls, ["/app?replay=main.r1&from=console"]);
  await ask({});
  const answer = { type: "skirmish.replay", room: "main.r1", bytes, tick: 540, playerId: "p-1" };
  assert.deepEqual(sent, [[answer, "https://play.example.org"]]);
});

test("no other page, room or origin gets one", async () => {
  const { windows, sent, ask } = opened(async () => assert.fail("asked"));
  await ask({});
  windows.open(REPORT);
  await ask({ origin: "https://evil.example.org" });
  await ask({ source: { postMessage: () => assert.fail("sent") } });
  await ask({ data: { type: "skirmish.replay.wanted", room: "main.r2" } });
  await ask({ data: "skirmish.replay.wanted" });
  windows.end();
  await ask({});
  assert.deepEqual(sent, []);
});

test("a page learns why there is no replay", async () => {
  const { windows, sent, ask } = opened(async () => Promise.reject(new Error("There is no such room.")));
  windows.open(REPORT);
  await ask({});
  assert.deepEqual(sent.map(([{ problem }]) => problem), ["No replay: There is no such room."]);
});
