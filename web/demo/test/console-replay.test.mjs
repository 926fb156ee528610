// The replay that the console hands over to the page.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { askConsole } = await load("console-replay");
const ORIGIN = "https://play.example.org";

/** The page with a window that opened it, which gets its questions. */
function page() {
  const heard = new EventTarget();
  const asked = [];
  const opener = { postMessage: (...question) => asked.push(question) };
  globalThis.window = { opener };
  globalThis.location = { origin: ORIGIN };
  globalThis.addEventListener = (...args) => heard.addEventListener(...args);
  const hear = (data, from = {}) => heard.dispatchEvent(Object.assign(new Event("message"), { origin: ORIGIN, source: opener, data, ...from }));
  return { asked, hear };
}

const answer = { type: "skirmish.replay", room: "main.r1", bytes: new Uint8Array([1]), tick: 540, playerId: "p-1" };

test("only the window that opened the page, of its origin, hands a replay over", async () => {
  const { asked, hear } = page();
  const handed = askConsole("main.r1", new AbortController().signal);
  assert.deepEqual(asked, [[{ type: "skirmish.replay.wanted", room: "main.r1" }, ORIGIN]]);
  hear({ ...answer, tick: 1 }, { origin: "https://evil.example.org" });
  hear({ ...answer, tick: 2 }, { source: {} });
  hear({ ...answer, tick: 3, room: "main.r2" });
  hear("skirmish.replay");
  hear(answer);
  assert.deepEqual(await handed, { bytes: answer.bytes, tick: 540, playerId: "p-1" });
});

test("without a replay the page says why", async () => {
  const { hear } = page();
  const handed = askConsole("main.r1", new AbortController().signal);
  hear({ ...answer, bytes: undefined, problem: "No replay: it is gone." });
  await assert.rejects(handed, /No replay: it is gone\./);
  globalThis.window.opener = null;
  await assert.rejects(askConsole("main.r1", new AbortController().signal), /from the console again/);
});
