// The replay that the console hands over to the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { askConsole } = await load("console-replay");
const ORIGIN = "https://play.example.org";

/** A page with an opener window that records its requests. */
function page() {
  const received = new EventTarget();
  const requests = [];
  const opener = { postMessage: (...request) => requests.push(request) };
  globalThis.window = { opener };
  globalThis.location = { origin: ORIGIN };
  globalThis.addEventListener = (...args) => received.addEventListener(...args);
  const receive = (data, from = {}) => received.dispatchEvent(Object.assign(new Event("message"), { origin: ORIGIN, source: opener, data, ...from }));
  return { requests, receive };
}

const answer = { type: "skirmish.replay", room: "main.r1", bytes: new Uint8Array([1]), tick: 540, playerId: "p-1" };

test("a replay is accepted only from the window that opened the page, of its origin", async () => {
  const { requests, receive } = page();
  const handed = askConsole("main.r1", new AbortController().signal);
  assert.deepEqual(requests, [[{ type: "skirmish.replay.wanted", room: "main.r1" }, ORIGIN]]);
  receive({ ...answer, tick: 1 }, { origin: "https://evil.example.org" });
  receive({ ...answer, tick: 2 }, { source: {} });
  receive({ ...answer, tick: 3, room: "main.r2" });
  receive("skirmish.replay");
  receive(answer);
  assert.deepEqual(await handed, { bytes: answer.bytes, tick: 540, playerId: "p-1" });
});

test("without a replay the error has the reason", async () => {
  const { receive } = page();
  const handed = askConsole("main.r1", new AbortController().signal);
  receive({ ...answer, bytes: undefined, problem: "No replay: it is gone." });
  await assert.rejects(handed, /No replay: it is gone\./);
  globalThis.window.opener = null;
  await assert.rejects(askConsole("main.r1", new AbortController().signal), /from the console again/);
});
