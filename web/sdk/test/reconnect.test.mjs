// Reconnecting to a match that was lost, moved or silent, against a fake server.
import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import { Skirmish } from "../dist/index.js";
import { FakeServer, OWN, enter, game, snapshot, until, welcome } from "./fakes.mjs";

const realFetch = globalThis.fetch;
let server;
let lobby;
let lobbySocket;
let match;
let socket;
let events;

beforeEach(async () => {
  server = new FakeServer();
  globalThis.fetch = server.fetch;
  playsAt(game("t1"));
  lobby = await Skirmish.connect("http://127.0.0.1:1", { WebSocket: server.WebSocket });
  ({ match, socket, lobbySocket } = await enter(server, lobby));
  events = [];
  for (const type of ["over", "close", "moved", "reconnecting", "resumed", "connection"]) {
    match.on(type, (event) => events.push([type, event]));
  }
});

afterEach(() => {
  lobby.close();
  globalThis.fetch = realFetch;
});

/** Sets the lobby's address of the match. */
function playsAt(game) {
  server.me = () => ({ status: "playing", room: "main.r1", game });
}

const elsewhere = (ticket, epoch = 2) => game(ticket, { relay: `relay-${epoch}`, epoch });
const address = ({ url, ticket }) => `${url}?ticket=${ticket}`;
const another = (before = socket) => until("another socket", () => server.socket("game") !== before && server.socket("game"));
const requests = () => server.count("GET", "/lobby/me");
const kinds = () => events.map(([type]) => type);
const open = () => server.sockets.filter(({ url, readyState }) => url.includes("/game") && readyState <= 1);

/** The match ticks: two snapshots, a tick apart. */
function run(on = socket, from = 1) {
  on.deliver(snapshot(from));
  on.deliver(snapshot(from + 1));
}

/** The other server welcomes the player. */
function admit(on, tick, epoch) {
  on.open();
  on.deliver(welcome(tick, epoch));
  run(on, tick + 1);
}

for (const code of [1000, 1001, 1006, 1012, 4003, 4012]) {
  test(`after a close with ${code}, the match is found through the lobby, and the view continues`, async () => {
    run(socket, 900);
    assert(match.view(performance.now()).tick > 800);
    playsAt(elsewhere("t2"));
    socket.drop(code);
    const next = await another();
    assert.equal(next.url, address(elsewhere("t2")));
    assert.deepEqual(events, [
      ["reconnecting", { reason: "lost" }],
      ["connection", "reconnecting"],
      ["moved", { epoch: 2 }],
    ]);
    admit(next, 3, 2);
    assert.equal(match.connection, "open");
    assert(match.view(performance.now()).tick <= 6, "a newer epoch may go back in time");
    const [type, { epoch, pausedMs }] = events.at(-1);
    assert.deepEqual([type, epoch], ["resumed", 2]);
    assert(pausedMs > 0 && pausedMs < 5_000, `${pausedMs}`);
    match.send({ move: [1, 0], aim: 0, fire: false });
    await until("inputs for the new server", () => next.sent.some((sent) => sent instanceof ArrayBuffer));
  });
}

test("a reconnect to the same server is not a move", async () => {
  run();
  playsAt(game("t2"));
  socket.drop();
  const next = await another();
  admit(next, 40, 1);
  assert.deepEqual(kinds(), ["reconnecting", "connection", "connection", "resumed"]);
});

test("`moved` is followed immediately, without a request to the lobby", async () => {
  run();
  const before = requests();
  socket.deliver({ type: "moved", ...elsewhere("t9") });
  const next = server.socket("game");
  assert.equal(next.url, address(elsewhere("t9")));
  assert.equal(socket.readyState, 3);
  assert.deepEqual(events, [
    ["moved", { epoch: 2 }],
    ["reconnecting", { reason: "moved" }],
    ["connection", "reconnecting"],
  ]);
  // The close by the old server has no effect.
  socket.drop(4003);
  admit(next, 50, 2);
  assert.equal(kinds().at(-1), "resumed");
  assert.equal(requests(), before);
  assert.deepEqual(open(), [next]);
});

test("`match_moved` on the lobby's socket is followed immediately, and has no effect after `moved`", async () => {
  run();
  const moved = (seq, to) => lobbySocket.deliver({ type: "match_moved", seq, room_id: "main.r1", players: [], game: to });
  moved(1, elsewhere("t3"));
  const next = server.socket("game");
  assert.equal(next.url, address(elsewhere("t3")));
  next.open();
  next.deliver({ type: "moved", ...elsewhere("t4", 3) });
  const third = server.socket("game");
  for (const [seq, to] of [[2, elsewhere("t5", 3)], [3, elsewhere("t6", 2)]]) moved(seq, to);
  lobbySocket.deliver({ type: "match_moved", seq: 4, room_id: "main.another", players: [], game: elsewhere("t7", 9) });
  assert.deepEqual(open(), [third]);
  assert.deepEqual(events.filter(([type]) => type === "moved"), [["moved", { epoch: 2 }], ["moved", { epoch: 3 }]]);
});

test("a lost `match_moved` is replaced by the lobby's sync", async () => {
  run();
  lobbySocket.deliver({ type: "state", status: "playing", room: "main.r1", game: elsewhere("t3") });
  assert.equal(server.socket("game").url, address(elsewhere("t3")));
  lobbySocket.drop();
  const again = await until("the lobby's socket", () => server.socket("lobby") !== lobbySocket && server.socket("lobby"));
  again.open();
  assert.deepEqual(again.sent, [{ action: "sync" }]);
});

test("after a refused ticket the lobby is queried again, after a pause and with one socket at a time", async () => {
  run();
  socket.drop();
  const times = [];
  let refused = socket;
  for (let n = 2; n < 5; n++) {
    playsAt(game(`t${n}`));
    refused = await another(refused);
    assert.match(refused.url, new RegExp(`ticket=t${n}$`));
    times.push(performance.now());
    assert.equal(open().length, 1);
    refused.drop();
  }
  for (const [at, time] of times.slice(1).entries()) assert(time - times[at] >= 250, `${times}`);
});

test("while the match has no server, the lobby is queried repeatedly", async () => {
  run();
  server.me = () => ({ status: "playing", room: "main.r1" });
  const before = requests();
  socket.drop();
  await until("two requests", () => requests() >= before + 2);
  assert.deepEqual(open(), []);
  playsAt(elsewhere("t2"));
  await another();
});

test("while the lobby is unavailable too, it is queried repeatedly", async () => {
  let failures = 2;
  const { answer } = server;
  server.answer = (call) =>
    call.path === "/lobby/me" && failures-- > 0 ? [503, { title: "Unavailable" }] : answer.call(server, call);
  socket.drop();
  const next = await another();
  assert(failures < 0);
  assert.match(next.url, /ticket=t1$/);
});

test("the server of a silent match is requested from the lobby, and the connection is dropped once the match is elsewhere", async () => {
  run();
  const before = requests();
  await until("the request", () => requests() > before);
  assert.equal(server.socket("game"), socket, "no other address is known");
  assert.deepEqual(events, [["reconnecting", { reason: "silent" }], ["connection", "reconnecting"]]);
  playsAt(elsewhere("t5", 3));
  const next = await another();
  assert.equal(next.url, address(elsewhere("t5", 3)));
  assert.equal(socket.readyState, 3);
});

test("a match that was only silent continues on the same connection", async () => {
  run();
  await until("the outage", () => kinds().includes("reconnecting"));
  run(socket, 70);
  assert.deepEqual(kinds(), ["reconnecting", "connection", "connection", "resumed"]);
  assert.equal(server.socket("game"), socket);
});

test("an address from before the match moved again is ignored", async () => {
  run();
  let answer;
  server.me = () => ({ status: "playing", room: "main.r1", game: game("t2") });
  const { fetch } = server;
  globalThis.fetch = (...words) => new Promise((resolve) => (answer = () => resolve(fetch(...words))));
  await until("the request", () => answer);
  socket.deliver({ type: "moved", ...elsewhere("t9") });
  const next = server.socket("game");
  answer();
  next.open();
  next.deliver(welcome(9, 2));
  await until("the answer", () => server.calls.at(-1).path === "/lobby/me");
  assert.deepEqual(open(), [next]);
});

test("a match that ended during the outage has its scores", async () => {
  server.me = () => ({ status: "out", reason: "match_over" });
  socket.drop();
  await until("the end", () => kinds().includes("over"));
  const [, over] = events.find(([type]) => type === "over");
  assert.deepEqual(over.scores, [{ playerId: OWN, name: "Ann", score: 2, rank: 1 }]);
});

test("a removed player gets the reason, and there are no more requests", async () => {
  server.me = () => ({ status: "out", reason: "room_failed" });
  socket.drop(4004);
  await until("the close", () => kinds().includes("close"));
  assert.deepEqual(events.at(-1), ["close", { reason: "room_failed" }]);
  assert.deepEqual(open(), []);
});

test("closing the match ends the search", async () => {
  run();
  socket.drop();
  await until("the outage", () => kinds().includes("reconnecting"));
  const before = requests();
  match.close();
  lobbySocket.deliver({ type: "match_moved", seq: 1, room_id: "main.r1", players: [], game: elsewhere("t3") });
  await new Promise((resolve) => setTimeout(resolve, 700));
  assert(requests() <= before + 1, "the request may have been in flight");
  assert.deepEqual(open(), []);
});

test("a takeover by another tab ends this connection permanently", async () => {
  const before = requests();
  socket.drop(4001);
  await until("the close", () => kinds().includes("close"));
  assert.deepEqual(events, [["connection", "superseded"], ["close", { reason: "superseded" }]]);
  assert.equal(requests(), before);
});

test("the match is not taken back from another tab, even if the close code was lost", async () => {
  lobbySocket.deliver({ type: "removed", seq: 1, reason: "superseded" });
  assert.equal(match.connection, "open", "the other tab may not want the match");
  socket.drop(1006);
  await until("the close", () => kinds().includes("close"));
  assert.deepEqual(events, [["connection", "superseded"], ["close", { reason: "superseded" }]]);
});

test("the match is not taken back if the lobby reports the other tab after the connection was lost", async () => {
  server.me = () => {
    throw new Error("unreachable");
  };
  socket.drop(1006);
  await until("the outage", () => kinds().includes("reconnecting"));
  lobbySocket.deliver({ type: "removed", seq: 1, reason: "superseded" });
  await until("the close", () => kinds().includes("close"));
  assert.deepEqual(events.at(-1), ["close", { reason: "superseded" }]);
  assert.deepEqual(open(), []);
});

test("the match is not taken back if the takeover happens during a reconnect", async () => {
  socket.drop(1006);
  const next = await another();
  next.open();
  lobbySocket.deliver({ type: "removed", seq: 1, reason: "superseded" });
  await until("the close", () => kinds().includes("close"));
  assert.deepEqual(events.at(-1), ["close", { reason: "superseded" }]);
  assert.deepEqual(open(), []);
});
