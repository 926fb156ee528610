// Loaded before a program (`node --import`): a server in its place, with one match of a few ticks. It needs `globalThis.WebSocket`,
// or a package `ws` that gives that, to be the program's.
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
  setImmediate(() => server.socket("lobby").say(started));
  return [202, { status: "queued", pool: "main", position: 1 }];
};

function play(socket) {
  socket.say(welcome());
  let tick = 0;
  const ticking = setInterval(() => {
    socket.say(snapshot(++tick));
    if (!socket.sent.some((sent) => sent instanceof ArrayBuffer)) return;
    clearInterval(ticking);
    const scores = [OWN, OTHER].map((player_id, at) => ({ player_id, name: ["Ann", "Bob"][at], score: 2 - at, rank: at + 1 }));
    socket.say({ type: "over", scores });
  }, 16);
}
