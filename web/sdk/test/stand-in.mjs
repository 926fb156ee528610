// A replacement for the server that is loaded before a program (`node --import`), with one match of a few ticks. The program
// needs `globalThis.WebSocket`, or a package `ws` that exports it.
import { FakeServer, OTHER, OWN, PLAYERS, game, snapshot, welcome } from "./fakes.mjs";

const server = new FakeServer();
globalThis.fetch = server.fetch;
globalThis.WebSocket = class extends server.WebSocket {
  constructor(url, protocols) {
    super(url, protocols);
    setImmediate(() => (this.open(), url.includes("/game") ? play(this) : undefined));
  }
};
server.join = () => {
  const started = { type: "match_started", seq: 1, room_id: "main.r1", players: PLAYERS, game: game("t1") };
  setImmediate(() => server.socket("lobby").deliver(started));
  return [202, { status: "queued", pool: "main", position: 1 }];
};

function play(socket) {
  socket.deliver(welcome());
  let tick = 0;
  const ticking = setInterval(() => {
    socket.deliver(snapshot(++tick));
    if (!socket.sent.some((sent) => sent instanceof ArrayBuffer)) return;
    clearInterval(ticking);
    const scores = [OWN, OTHER].map((player_id, at) => ({ player_id, name: ["Ann", "Bob"][at], score: 2 - at, rank: at + 1 }));
    socket.deliver({ type: "over", scores });
  }, 16);
}
