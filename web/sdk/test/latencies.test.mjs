// The latencies to the regions: measured in the background, sent with joins.
import assert from "node:assert/strict";
import { afterEach, test } from "node:test";
import { Skirmish } from "../dist/index.js";
import { FakeServer, game, until } from "./fakes.mjs";

const realFetch = globalThis.fetch;
const PINGS = { eu: "/ping/relay-1", us: "http://127.0.0.1:2/ping/relay-2", gone: "/ping/relay-3" };

let lobby;
afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
});

/** A server with regions, whose responses start when `begin` is called. */
function regional() {
  const server = new FakeServer();
  const answer = server.answer.bind(server);
  const regions = Object.fromEntries(Object.entries(PINGS).map(([region, ping]) => [region, { ping }]));
  server.answer = (call) => {
    if (call.path === "/lobby/regions") return [200, { regions }];
    if (call.path === PINGS.gone) return [502, { type: "about:blank", status: 502 }];
    return call.path.startsWith("/ping/") ? [204] : answer(call);
  };
  const begun = Promise.withResolvers?.() ?? resolvers();
  globalThis.fetch = async (url, init) => {
    if (url.endsWith("/lobby/regions")) await begun.promise;
    return server.fetch(url, init);
  };
  return { server, begin: begun.resolve };
}

function resolvers() {
  let resolve;
  const promise = new Promise((it) => (resolve = it));
  return { promise, resolve };
}

/** The latencies in the body of a call, without their values. */
function regionsIn(server, method, path) {
  const call = server.calls.find((call) => call.method === method && call.path === path);
  const { latencies } = JSON.parse(call.body);
  for (const ms of Object.values(latencies ?? {})) assert.ok(Number.isInteger(ms) && ms >= 0 && ms <= 10_000, `${ms}`);
  return latencies && Object.keys(latencies);
}

test("a join before the measurement has no latencies, and the lobby gets them when they are measured", async () => {
  const { server, begin } = regional();
  lobby = await Skirmish.connect("http://127.0.0.1:1/", { WebSocket: server.WebSocket });
  lobby.play().catch(() => undefined);
  (await until("the lobby's socket", () => server.socket("lobby"))).open();
  await until("the join", () => server.count("POST", "/lobby/queue") === 1);
  begin();
  await until("the latencies", () => server.count("PATCH", "/lobby/me") === 1);
  assert.equal(regionsIn(server, "POST", "/lobby/queue"), undefined);
  assert.deepEqual(regionsIn(server, "PATCH", "/lobby/me"), ["eu", "us"]);
  const pings = server.calls.filter((call) => call.path.startsWith("/ping/")).map((call) => call.url);
  const count = (url) => pings.filter((ping) => ping === url).length;
  assert.deepEqual(["http://127.0.0.1:1/ping/relay-1", PINGS.us, "http://127.0.0.1:1/ping/relay-3"].map(count), [4, 4, 1]);
});

test("a join after the measurement has the latencies, and does not measure again", async () => {
  const { server, begin } = regional();
  begin();
  lobby = await Skirmish.connect("http://127.0.0.1:1/", { WebSocket: server.WebSocket });
  await until("the measurement", () => server.calls.filter((call) => call.path.startsWith("/ping/")).length === 9);
  await new Promise((resolve) => setTimeout(resolve));
  server.rooms["POST /lobby/rooms"] = [201, { status: "seated", room: "main.r1", code: "BCD-FGH", url: "/", host: "x" }];
  lobby.createRoom().catch(() => undefined);
  (await until("the lobby's socket", () => server.socket("lobby"))).open();
  await until("the room", () => server.count("POST", "/lobby/rooms") === 1);
  assert.deepEqual(regionsIn(server, "POST", "/lobby/rooms"), ["eu", "us"]);
  assert.deepEqual([server.count("GET", "/lobby/regions"), server.count("PATCH", "/lobby/me")], [1, 0]);
});

test("the region of a match is in its event", async () => {
  const { server, begin } = regional();
  begin();
  lobby = await Skirmish.connect("http://127.0.0.1:1/", { WebSocket: server.WebSocket });
  const regions = [];
  lobby.on("match", ({ game }) => regions.push(game.region));
  lobby.play().catch(() => undefined);
  const socket = await until("the lobby's socket", () => server.socket("lobby"));
  socket.open();
  const started = (seq, region) => {
    const place = { ...game("t"), ...(region && { region }) };
    socket.deliver({ type: "match_started", seq, room_id: "main.r1", players: [], game: place });
  };
  started(1, { name: "eu", worst_ms: 48 });
  started(2, { name: "us" });
  started(3);
  assert.deepEqual(regions, [{ name: "eu", worstMs: 48 }, { name: "us", worstMs: undefined }, undefined]);
});
