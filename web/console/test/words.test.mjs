// What the console reads from addresses and tokens, and how it writes values.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { duration, bytes, plain } = await load("format");
const { parseRoute, roomLink, targetLink } = await load("route");
const { includes, readClaims, tokenOf } = await load("token");
const { ban, changePool, closePool, kick, lengthBody, overridesBody } = await load("acts");
const { pauseMs } = await load("poll");

const part = (value) => Buffer.from(JSON.stringify(value)).toString("base64url");

test("a route has a view, an id and a query", () => {
  const read = (fragment) => {
    const { view, id, query } = parseRoute(fragment);
    return [view, id, query.toString()];
  };
  assert.deepEqual(read(""), ["overview", undefined, ""]);
  assert.deepEqual(read("#/rooms?text=relay-1"), ["rooms", undefined, "text=relay-1"]);
  assert.deepEqual(read(roomLink("main.0f3c")), ["rooms", "main.0f3c", ""]);
  assert.deepEqual(read("#/nothing/x"), ["overview", undefined, ""]);
  assert.deepEqual(read("#/rooms/%"), ["rooms", undefined, ""]);
});

test("the audit links to what an act was done to", () => {
  assert.equal(targetLink("kick", "main.r1"), "#/rooms/main.r1");
  assert.equal(targetLink("ban", "p"), "#/players/p");
  assert.equal(targetLink("drain", "relay-1"), "#/relays");
  assert.equal(targetLink("kill", "relay-1"), "#/relays");
  assert.equal(targetLink("unknown", "x"), undefined);
});

test("a token is read from the fragment, and its claims from the token", () => {
  const token = `${part({ alg: "HS256" })}.${part({ sub: "Zoë", role: "moderate", exp: 1_900_000_000 })}.c2ln`;
  assert.equal(tokenOf(`#token=${token}`), token);
  assert.equal(tokenOf("#/rooms"), undefined);
  assert.deepEqual(readClaims(token), { name: "Zoë", role: "moderate", expiresMs: 1_900_000_000_000 });
  for (const wrong of ["", "a.b.c", `x.${part({ sub: "Ada", exp: 1 })}.y`, `x.${part({ sub: "Ada", exp: 1, role: "root" })}.y`]) {
    assert.equal(readClaims(wrong), undefined, wrong);
  }
});

test("a role includes those before it", () => {
  const roles = ["view", "moderate", "operate"];
  assert.deepEqual(roles.map((role) => includes(role, "moderate")), [false, true, true]);
});

test("a change of settings begins with the overrides that the pool has, and is a JSON object", () => {
  const change = changePool({ pool: "main", settings: { seats_min: 2 }, overrides: { seats_min: 2 } }, 7);
  assert.deepEqual([change.path, change.body], ["pools/main/settings", { settings_version: 7 }]);
  assert.deepEqual(overridesBody(change.settings.overrides), { overrides: { seats_min: 2 } });
  for (const wrong of ["", "{", "[]", "null", "1"]) assert.equal(overridesBody(wrong), undefined, wrong);
});

test("an act says what will happen, and what it needs", () => {
  const pool = { pool: "main", players: 1, closed: null };
  const close = closePool(pool);
  assert.equal(close.role, "operate");
  assert.equal(close.path, "pools/main/close");
  assert.match(close.effect, /It has 1 now: they stay/);
  const member = { player_id: "p-1", name: "Ada" };
  const room = { room: "main.r1", state: "gathering" };
  assert.deepEqual(kick(room, member).body, { player_id: "p-1" });
  assert.equal(kick(room, member).role, "moderate");
  assert.equal(ban(member).done({ changed: true, after: { removed: { state: "playing", room: "main.r1" } } }), "Ada is banned. They were playing in room main.r1.");
  assert.equal(ban(member).done({ changed: true, after: { removed: null } }), "Ada is banned.");
});

test("a ban has an end, or says that it has none", () => {
  assert.deepEqual(lengthBody(3600, 5_500), { until_s: 3605 });
  assert.deepEqual(lengthBody(0, 5_500), { forever: true });
});

test("durations have at most two units", () => {
  const ms = [0, 250, 4_240, 9_960, 59_400, 59_999, 185_000, 3_600_000, 7_440_000, 266_400_000];
  const words = ["0 ms", "250 ms", "4.2 s", "10 s", "59 s", "1 min", "3 min 5 s", "1 h", "2 h 4 min", "3 d 2 h"];
  assert.deepEqual(ms.map(duration), words);
});

test("values of the API are written in words", () => {
  assert.equal(plain({ state: "started", players: 4, removed: { room: null } }), "state: started, players: 4, removed: room: –");
  assert.match(plain({ until_s: 1_900_000_000 }), /^until: 17 Mar 2030, /);
  assert.equal(plain({ until_s: null }), "until: no end");
  assert.equal(plain(null), "–");
  assert.equal(plain([1, "a"]), "1, a");
  assert.deepEqual([512, 3_400, 1_200_000].map(bytes), ["512 B", "3.4 kB", "1.2 MB"]);
});

test("a slow system is asked less often, and so is one that nobody looks at", () => {
  assert.equal(pauseMs(2000, [10, 12, 9], false), 2000);
  assert.equal(pauseMs(2000, [9000, 300, 9000], false), 6000);
  assert.equal(pauseMs(2000, [60_000, 60_000, 60_000], false), 30_000);
  assert.equal(pauseMs(2000, [60_000], false), 2000);
  assert.equal(pauseMs(2000, [10, 12, 9], true), 10_000);
});
