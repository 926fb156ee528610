// Matches over WebTransport, raced with a WebSocket, against a fake server.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Skirmish } from "../dist/index.js";
import { FakeServer, enter, framed, game, snapshot, until, welcome } from "./fakes.mjs";

const realFetch = globalThis.fetch;
const HASH = "ab".repeat(32);
const network = new EventTarget();
let server;
let lobby;

beforeEach(async () => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  globalThis.WebTransport = server.WebTransport;
  const kept = new Map();
  globalThis.sessionStorage = { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => kept.set(key, value) };
  globalThis.addEventListener = (type, listener) => network.addEventListener(type, listener);
  playsAt("t1");
  network.dispatchEvent(new Event("online"));
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
  delete globalThis.WebTransport;
});

/** Sets the lobby's address of the match. */
function playsAt(ticket, options) {
  const webtransport = { url: "https://127.0.0.1:2/game/relay-1", certificate_sha256: HASH };
  server.me = () => ({ status: "playing", room: "main.r1", game: { ...game(ticket, options), webtransport } });
}

/** Enters the match. Returns the newest session of WebTransport, which is not open. */
async function begin(sessions = 1) {
  const match = lobby.rejoin();
  const lobbySocket = await until("the lobby's socket", () => server.socket("lobby"));
  lobbySocket.open();
  const session = await until("a session", () => server.sessions.length === sessions && server.sessions.at(-1));
  return { match, session };
}

/** Enters the match over WebTransport. */
async function beginOverWebTransport() {
  const { match, session } = await begin();
  await admit(session, welcome());
  return { match: await match, session };
}

async function admit(session, body) {
  session.accept();
  await until("the first byte", () => session.streamed.length > 0);
  session.deliver(body);
}

const games = () => server.sockets.filter(({ url }) => url.includes("/game"));

test("if WebTransport opens first, inputs are datagrams, texts are in the stream, and there is no WebSocket", async () => {
  const { match, session } = await beginOverWebTransport();
  assert.equal(session.url, "https://127.0.0.1:2/game/relay-1?ticket=t1");
  const { serverCertificateHashes, requireUnreliable } = session.options;
  assert.deepEqual(serverCertificateHashes, [{ algorithm: "sha-256", value: new Uint8Array(32).fill(0xab) }]);
  assert.equal(requireUnreliable, true);
  session.deliver(snapshot(1));
  session.datagram(snapshot(2));
  await until("an input", () => session.datagramsSent.length > 0);
  assert.equal(match.stats().transport, "webtransport");
  assert.equal(match.stats().snapshots, 2);
  match.emit("hello", 1);
  const text = new TextEncoder().encode('{"type":"message","id":1,"name":"hello","payload":1}');
  await until("the text", () => session.streamed.length > 1);
  assert.deepEqual(session.streamed, [1, ...framed(1, text)]);
  // The race is over.
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.deepEqual(games(), []);
  match.close();
  assert.deepEqual(session.closedWith, { closeCode: 1000 });
});

test("messages are read from chunks of any size, and a datagram before `welcome` is dropped", async () => {
  const { match: entering, session } = await begin();
  session.accept();
  await until("the first byte", () => session.streamed.length > 0);
  session.datagram(snapshot(9));
  const text = (message) => framed(1, new TextEncoder().encode(JSON.stringify(message)));
  const bytes = [...text(welcome()), ...framed(2, new Uint8Array(snapshot(1))), ...text({ type: "none" }), ...framed(2, new Uint8Array(snapshot(2)))];
  for (const byte of bytes.slice(0, 20)) session.bytes([byte]);
  session.bytes(bytes.slice(20));
  const match = await entering;
  await until("the snapshots", () => match.stats().snapshots === 2);
});

test("if UDP is blocked, a WebSocket opens with the same ticket after 250 ms, and WebTransport is not tried for ten minutes", async () => {
  const begun = performance.now();
  const { match: entering, session } = await begin();
  const socket = await until("the game's socket", () => server.socket("game"));
  assert(performance.now() - begun >= 249);
  assert.equal(socket.url, "ws://127.0.0.1:1/game/relay-1?ticket=t1");
  socket.open();
  socket.deliver(welcome());
  const match = await entering;
  assert.deepEqual([match.stats().transport, session.closedWith], ["websocket", { closeCode: 1000 }]);
  match.close();
  lobby.rejoin().catch(() => undefined);
  const next = await until("a WebSocket without a race", () => games()[1]);
  assert.equal(server.sessions.length, 1);
  const now = Date.now;
  Date.now = () => now() + 10 * 60_000;
  next.drop();
  await until("WebTransport", () => server.sessions[1]).finally(() => (Date.now = now));
});

test("a failure of WebTransport is forgotten after a change of the network", async () => {
  sessionStorage.setItem("skirmish.webtransport.failed_until", String(Date.now() + 60_000));
  const { match } = await enter(server, lobby);
  assert.equal(server.sessions.length, 0);
  match.close();
  network.dispatchEvent(new Event("online"));
  const { match: entering, session } = await begin();
  await admit(session, welcome());
  assert.equal((await entering).stats().transport, "webtransport");
});

test("a refused session starts the WebSocket immediately, and a refused WebSocket does not end the race", async () => {
  const { match: entering, session } = await begin();
  session.fail();
  const socket = await until("the game's socket", () => server.socket("game"));
  socket.drop();
  playsAt("t2");
  const second = await until("another session", () => server.sessions[1]);
  const late = await until("another socket", () => games()[1]);
  // The ticket was used over WebTransport.
  late.drop();
  await admit(second, welcome());
  assert.equal((await entering).stats().transport, "webtransport");
});

for (const [how, end, reason] of [["is silent", () => undefined, "silent"], ["breaks", (session) => session.fail(), "lost"]]) {
  test(`if WebTransport ${how} during a match, the match continues over a WebSocket`, async () => {
    const { match, session } = await beginOverWebTransport();
    const reasons = [];
    match.on("reconnecting", ({ reason }) => reasons.push(reason));
    for (const tick of [1, 2]) session.datagram(snapshot(tick));
    await until("an input", () => session.datagramsSent.length > 0);
    playsAt("t2");
    end(session);
    const socket = await until("a WebSocket", () => server.socket("game"));
    assert.equal(socket.url, "ws://127.0.0.1:1/game/relay-1?ticket=t2");
    assert.equal(server.sessions.length, 1);
    socket.open();
    socket.deliver(welcome(40));
    socket.deliver(snapshot(41));
    assert.deepEqual([match.connection, match.stats().transport, reasons], ["open", "websocket", [reason]]);
    assert(Number(sessionStorage.getItem("skirmish.webtransport.failed_until")) > Date.now());
  });
}

test("a session that the server closed is not a failure: the match reconnects over WebTransport", async () => {
  const { match, session } = await beginOverWebTransport();
  playsAt("t2", { epoch: 2 });
  session.drop(4003);
  const second = await until("another session", () => server.sessions[1]);
  second.accept();
  await until("the first byte", () => second.streamed.length > 0);
  // It would be decoded with the state of the earlier connection.
  second.datagram(snapshot(60));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(match.connection, "reconnecting");
  second.deliver(welcome(40, 2));
  await until("the match", () => match.connection === "open");
  session.drop(4001);
  second.drop(4001);
  await until("the end", () => match.connection === "superseded");
});

test("with `transport: websocket`, WebTransport is not used", async () => {
  lobby.close();
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket, transport: "websocket" });
  const { match } = await enter(server, lobby);
  assert.deepEqual([server.sessions.length, match.stats().transport], [0, "websocket"]);
});
