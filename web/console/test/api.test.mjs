// The client of the operators' API, with a server that answers from a list.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { Api, Failure } = await load("api");

/** Answers each call with the next of these: a function that throws, or [status, JSON]. Records what was called. */
function serving(...answers) {
  const calls = [];
  const api = new Api("a.b.c", async (url, init) => {
    calls.push([init.method, url, init.headers.authorization, init.body]);
    const answer = answers.shift();
    if (typeof answer === "function") return answer();
    return new Response(JSON.stringify(answer[1]), { status: answer[0] });
  });
  return { api, calls };
}

const page = (cursor, ...rooms) => [200, { rooms: rooms.map((room) => ({ room })), cursor }];
const refusal = (status, message) => (error) => error instanceof Failure && error.status === status && error.message === message;

test("rooms of several pools are read page by page, each once", async () => {
  const { api, calls } = serving(page("9.a", "a.1", "a.2"), page(null, "a.2", "a.3"), page(null, "b.1"));
  const parts = [];
  const { rooms, isPartial } = await api.rooms(["a", "b"], "open", (part) => parts.push([part.rooms.length, part.isPartial]));
  assert.deepEqual(rooms.map(({ room }) => room), ["a.1", "a.2", "a.3", "b.1"]);
  assert.equal(isPartial, false);
  assert.deepEqual(parts, [[2, true], [3, false], [4, false]]);
  assert.deepEqual(calls.map(([, url]) => url), [
    "/admin/rooms?pool=a&limit=500&state=open",
    "/admin/rooms?pool=a&limit=500&state=open&cursor=9.a",
    "/admin/rooms?pool=b&limit=500&state=open",
  ]);
});

test("a list that is too long is cut", async () => {
  const rooms = Array.from({ length: 20_000 }, (_, n) => `a.${n}`);
  const { api } = serving(page("7", ...rooms));
  const found = await api.rooms(["a"], "");
  assert.equal(found.rooms.length, 20_000);
  assert.equal(found.isPartial, true);
});

test("an act sends its body and the token", async () => {
  const { api, calls } = serving([200, { changed: true, before: null, after: null }]);
  const done = await api.act("pools/main/close", { reason: "An update" });
  assert.equal(done.changed, true);
  assert.deepEqual(calls, [["POST", "/admin/pools/main/close", "Bearer a.b.c", '{"reason":"An update"}']]);
});

test("reports of several pools are together, the newest first, and a replay is bytes", async () => {
  const reports = (...times) => [200, { reports: times.map((at_ms) => ({ at_ms })) }];
  const { api, calls } = serving(reports(9, 2), reports(7), () => new Response(new Uint8Array([123, 255])));
  const found = await api.reports(["a", "b"], 50);
  assert.deepEqual(found.map(({ at_ms }) => at_ms), [9, 7, 2]);
  assert.deepEqual([...(await api.replay("a.r1"))], [123, 255]);
  assert.deepEqual(calls.map(([, url]) => url), ["/admin/reports?pool=a&limit=50", "/admin/reports?pool=b&limit=50", "/admin/rooms/a.r1/replay"]);
});

test("a refusal has the words of its problem document", async () => {
  const { api } = serving([403, { title: "Your role may not do this", detail: "This needs a token with the role operate." }]);
  await assert.rejects(api.act("relays/relay-1/drain", {}), refusal(403, "This needs a token with the role operate."));
});

test("an answer without a problem document has its status", async () => {
  const { api } = serving([500, "broken"]);
  await assert.rejects(api.overview(), refusal(500, "The server answered 500."));
});

test("only a call without an answer of the service is lost", async () => {
  const fails = () => {
    throw new TypeError("fetch failed");
  };
  const { api } = serving(fails, [502, {}], [503, {}]);
  const lost = [];
  for (let n = 0; n < 3; n++) await api.overview().catch((error) => lost.push(error.isLost));
  assert.deepEqual(lost, [true, true, false]);
});
