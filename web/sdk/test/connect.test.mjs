// `connect` against a fake server: the first error names the problem, and no guest is created before it.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { ConnectionError, ProblemError, Skirmish } from "../dist/index.js";
import { FakeServer, OWN, game, until } from "./fakes.mjs";

const BASE = "http://127.0.0.1:1";
const realFetch = globalThis.fetch;
const realWebSocket = globalThis.WebSocket;
let server;

beforeEach(() => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
});

afterEach(() => {
  globalThis.fetch = realFetch;
  globalThis.WebSocket = realWebSocket;
  delete globalThis.location;
});

const connect = (url = BASE, options = {}) => Skirmish.connect(url, { WebSocket: server.WebSocket, ...options });

/** Sets the response to all calls. */
const serve = (status, body, type) => {
  globalThis.fetch = async (url, { method }) => {
    server.calls.push({ method, path: new URL(url).pathname });
    return new Response(body, { status, headers: { "content-type": type } });
  };
};

const wrongUrls = {
  "127.0.0.1:8080": /write https:\/\/127\.0\.0\.1:8080 or http:\/\/127\.0\.0\.1:8080/,
  "localhost:8080": /or http:\/\/localhost:8080/,
  "play.example": /write https:\/\/play\.example or/,
  "ws://127.0.0.1:8080/": /write http:\/\/127\.0\.0\.1:8080$/,
  "wss://play.example": /write https:\/\/play\.example$/,
  "http://127.0.0.1:8080/app": /write http:\/\/127\.0\.0\.1:8080$/,
  "http://127.0.0.1:8080/app/": /write http:\/\/127\.0\.0\.1:8080$/,
  "http://127.0.0.1:8080/lobby": /write http:\/\/127\.0\.0\.1:8080$/,
  "http://127.0.0.1:8080/?room=1": /write http:\/\/127\.0\.0\.1:8080$/,
  "ftp://play.example": /begins with https:\/\/ or http:\/\//,
  "/": /is not the address/,
  "": /is not the address/,
};

for (const [url, hint] of Object.entries(wrongUrls)) {
  test(`"${url}" is not a valid address, and the error says what to write instead`, async () => {
    await assert.rejects(connect(url), (error) => {
      assert(error instanceof TypeError && error.message.includes(`"${url}"`), error.message);
      assert.match(error.message, hint);
      return true;
    });
    assert.deepEqual(server.calls, []);
  });
}

test("trailing slashes and a path prefix of a proxy are accepted", async () => {
  server.answer = ({ path }) => FakeServer.prototype.answer.call(server, { path: path.replace("/skirmish", "") });
  await connect("http://127.0.0.1:1/skirmish//");
  assert.deepEqual(server.calls.map(({ path }) => path), ["/skirmish/lobby/guest", "/skirmish/lobby/me", "/skirmish/lobby/regions"]);
});

test("in a browser, / is the page's own server", async () => {
  globalThis.location = new URL("http://localhost:5173/deep/page.html");
  const lobby = await connect("/");
  assert.equal(server.calls[0].url, "http://localhost:5173/lobby/guest");
  lobby.play().catch(() => undefined);
  const socket = await until("the socket", () => server.socket("lobby"));
  assert.equal(socket.url, "ws://localhost:5173/lobby");
  lobby.close();
});

test("without a WebSocket, no guest is created, and the error says what to install", async () => {
  globalThis.WebSocket = undefined;
  await assert.rejects(Skirmish.connect(BASE), /npm i ws.*WebSocket: \(await import\("ws"\)\)\.WebSocket/);
  assert.deepEqual(server.calls, []);
});

test("without the WebAssembly, no seat is taken, and the error has its address and the response", async () => {
  const play = async (wasm, pool = "main") => (await connect(BASE, { wasm })).play({ pool });
  globalThis.fetch = async (url, init) => {
    if (!url.startsWith("http://127.0.0.1:2/")) return server.fetch(url, init);
    const [body, status, type] = url.endsWith("page.wasm") ? ["<!doctype html>", 200, "text/html"] : ["", 404, "text/plain"];
    return new Response(body, { status, headers: { "content-type": type } });
  };
  await assert.rejects(play("http://127.0.0.1:2/page.wasm"), (error) => {
    assert(error instanceof ConnectionError);
    assert.match(error.message, /cannot be loaded from http:\/\/127\.0\.0\.1:2\/page\.wasm: .*\(text\/html\)/);
    return true;
  });
  await assert.rejects(play((game) => `http://127.0.0.1:2/${game}.wasm`, "tag"), /tag\.wasm: answered with status 404 \(text\/plain\)/);
  await assert.rejects(play(new URL("missing.wasm", import.meta.url)), /missing\.wasm: ENOENT/);
  await assert.rejects(play(undefined, "chess"), /no WebAssembly of the game "chess", only of arena, /);
  assert.equal(server.count("POST", "/lobby/queue"), 0);
});

test("an unknown pool is refused before a seat is taken", async () => {
  const lobby = await connect();
  await assert.rejects(lobby.play({ pool: "nowhere" }), (error) => error instanceof ProblemError && error.slug === "unknown-pool");
  assert.equal(server.count("POST", "/lobby/queue"), 0);
});

for (const [status, body, type] of [
  [200, "<!doctype html>", "text/html"],
  [404, "<h1>Not found</h1>", "text/html"],
  [405, "", "text/plain"],
  [404, '{"detail":"Not Found"}', "application/json"],
]) {
  test(`another server is recognised by its response: ${status} ${body}`, async () => {
    serve(status, body, type);
    await assert.rejects(connect(), (error) => {
      assert(error instanceof ConnectionError);
      assert.equal(
        error.message,
        `no Skirmish server answers at ${BASE}/lobby/guest: POST was answered ${status} with ${type}`,
      );
      return true;
    });
    assert.equal(server.calls.length, 1, "it is not asked again");
  });
}

test("another server that responds with JSON is recognised", async () => {
  serve(200, '{"hello":"world"}', "application/json");
  await assert.rejects(connect(), (error) => error instanceof ConnectionError && error.message.includes(BASE));
});

test("the error for a server that does not respond has its address", async () => {
  globalThis.fetch = () => Promise.reject(new TypeError("fetch failed"));
  await assert.rejects(connect(), /POST http:\/\/127\.0\.0\.1:1\/lobby\/guest: no answer\. Does the server run there\?/);
});

const unauthorized = [401, { type: "urn:skirmish:problem:unauthorized", title: "Unauthorized", status: 401 }];

/** Accepts only this token. */
function accept(token) {
  const { answer } = FakeServer.prototype;
  server.answer = (call) => (call.headers.authorization === `Bearer ${token()}` ? answer.call(server, call) : unauthorized);
}

test("a rejected token is a ProblemError after one attempt", async () => {
  accept(() => "good");
  await assert.rejects(connect(BASE, { token: "bad" }), (error) => error instanceof ProblemError && error.status === 401);
  assert.equal(server.calls.length, 1);
});

test("a token function is called again when the last token expired, over HTTP and on the socket", async () => {
  let good = "t1";
  let given = 0;
  accept(() => good);
  server.me = () => ({ status: "playing", room: "main.r1", game: game("x") });
  const lobby = await connect(BASE, { token: async () => `t${++given}` });
  assert.deepEqual([lobby.token, given], ["t1", 1]);
  good = "t2";
  assert.equal((await lobby.me()).status, "playing");
  assert.deepEqual([lobby.token, given], ["t2", 2]);
  good = "t3";
  lobby.rejoin().catch(() => undefined);
  const third = await until("a socket with the third", async () => {
    const socket = server.socket("lobby");
    if (socket?.protocols[1] === "bearer.t3") return socket;
    socket?.drop();
  });
  assert.equal(third.readyState, 0);
  lobby.close();
});

test("a token function without a new token is not called forever", async () => {
  accept(() => "good");
  let given = 0;
  await assert.rejects(connect(BASE, { token: () => (given++, "bad") }), ProblemError);
  assert.deepEqual([given, server.calls.length], [2, 1]);
});

/** A guest's token at this fraction of its lifetime of a day. */
function guestToken(part) {
  const nowS = Math.floor(Date.now() / 1000);
  const claims = { sub: OWN, guest: true, iat: nowS - part * 86_400, exp: nowS + (1 - part) * 86_400 };
  return `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
}

test("a guest's token is renewed in the second half of its life, and another token is not", async () => {
  const renewed = () => server.calls.filter(({ path }) => path === "/lobby/guest").length;
  const fresh = guestToken(0.4);
  assert.equal((await connect(BASE, { token: fresh })).token, fresh);
  assert.equal(renewed(), 0);
  const lobby = await connect(BASE, { token: guestToken(0.6) });
  assert.deepEqual([lobby.token, lobby.playerId, renewed()], ["a.b.c", OWN, 1]);
  assert.match(server.calls.find(({ path }) => path === "/lobby/guest").headers.authorization, /^Bearer h\./);
});

test("a guest whose token cannot be renewed keeps it", async () => {
  const token = guestToken(0.6);
  const answer = server.answer;
  server.answer = (call) => (call.path === "/lobby/guest" ? [403, { type: "urn:skirmish:problem:guests-disabled", title: "No" }] : answer.call(server, call));
  assert.equal((await connect(BASE, { token })).token, token);
});

test("a player who changes their name gets the new token, and an event reports it", async () => {
  const answer = server.answer;
  const changed = { player_id: OWN, name: "Grace", token: "d.e.f", expires_at: 2e9 };
  server.answer = (call) => (call.method === "PATCH" ? [200, changed] : answer.call(server, call));
  const lobby = await connect(BASE, { token: guestToken(0) });
  const tokens = [];
  lobby.on("token", (token) => tokens.push(token));
  await lobby.change({ name: "Grace", color: "#4dabf7" });
  assert.deepEqual([lobby.token, tokens], ["d.e.f", ["d.e.f"]]);
  const { path, body } = server.calls.at(-1);
  assert.deepEqual([path, JSON.parse(body)], ["/lobby/me", { name: "Grace", color: "#4dabf7" }]);
});
