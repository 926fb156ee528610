// The arena on socket.io, following its guide: rooms, an interval for each, and the state as an object to every player in it.
// node server.mjs <port> <states per second>

import { Server } from "socket.io";
import { TICKS_PER_SECOND, hits, movePlayer, moveShot, newPad, spawn, takeInput } from "../arena/arena.mjs";

const [port, hz] = process.argv.slice(2).map(Number);
const io = new Server(port, { transports: ["websocket"] });
const rooms = new Map();

io.on("connection", (socket) => {
  const name = String(socket.handshake.query.room);
  const room = rooms.get(name) ?? open(name);
  socket.join(name);
  room.pads.set(socket.id, newPad());
  room.players[socket.id] = { ...spawn(), aim: 0, lives: 3, score: 0 };
  socket.on("input", (input) => takeInput(room.pads.get(socket.id), input));
  socket.on("disconnect", () => {
    room.pads.delete(socket.id);
    delete room.players[socket.id];
    if (room.pads.size === 0) {
      clearInterval(room.timer);
      rooms.delete(name);
    }
  });
});

function open(name) {
  const room = { tick: 0, players: {}, pads: new Map(), shots: [], began: performance.now() };
  // An interval of whole milliseconds drifts, so this reads the clock and catches up.
  room.timer = setInterval(() => {
    const due = ((performance.now() - room.began) * TICKS_PER_SECOND) / 1000;
    for (let steps = 0; room.tick < due && steps < 6; steps++) step(name, room);
  }, 1000 / TICKS_PER_SECOND);
  rooms.set(name, room);
  return room;
}

function step(name, room) {
  room.tick += 1;
  for (const [id, pad] of room.pads) {
    const player = room.players[id];
    if (movePlayer(player, pad)) room.shots.push({ x: player.x, y: player.y, angle: pad.aim, playerUUID: id });
  }
  room.shots = room.shots.filter((shot) => {
    let flies = moveShot(shot, shot.angle);
    for (const [id, player] of Object.entries(room.players)) {
      if (id === shot.playerUUID || !hits(shot, player)) continue;
      flies = false;
      Object.assign(player, spawn());
      const owner = room.players[shot.playerUUID];
      if (owner) owner.score += 1;
    }
    return flies;
  });
  if (room.tick % (TICKS_PER_SECOND / hz) === 0) {
    const projectiles = room.shots.map(({ x, y, playerUUID }) => ({ x, y, playerUUID }));
    io.to(name).emit("state", { tick: room.tick, players: room.players, projectiles });
  }
}

console.log("listening");
