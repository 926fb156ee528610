// The arena on Colyseus, following its guide: a room class, a schema for the state, a simulation interval, and patches.
// node server.mjs <port> <states per second>

import { Room, Server } from "@colyseus/core";
import { MapSchema, Schema, defineTypes } from "@colyseus/schema";
import { WebSocketTransport } from "@colyseus/ws-transport";
import { TICKS_PER_SECOND, hits, movePlayer, moveShot, newPad, spawn, takeInput } from "../arena/arena.mjs";

const [port, hz] = process.argv.slice(2).map(Number);

class Player extends Schema {}
defineTypes(Player, { x: "float32", y: "float32", aim: "float32", lives: "uint8", score: "uint16" });

class Shot extends Schema {}
defineTypes(Shot, { x: "float32", y: "float32", owner: "string" });

class Arena extends Schema {}
defineTypes(Arena, { tick: "uint32", players: { map: Player }, shots: { map: Shot } });

class ArenaRoom extends Room {
  maxClients = 5;
  patchRate = 1000 / hz;

  onCreate() {
    const state = new Arena();
    state.tick = 0;
    state.players = new MapSchema();
    state.shots = new MapSchema();
    this.state = state;
    this.pads = new Map();
    this.angles = new Map();
    this.shotsMade = 0;
    this.onMessage("input", (client, input) => takeInput(this.pads.get(client.sessionId), input));
    this.setSimulationInterval(() => this.step(), 1000 / TICKS_PER_SECOND);
  }

  onJoin(client) {
    const player = new Player();
    Object.assign(player, spawn(), { aim: 0, lives: 3, score: 0 });
    this.pads.set(client.sessionId, newPad());
    this.state.players.set(client.sessionId, player);
  }

  onLeave(client) {
    this.pads.delete(client.sessionId);
    this.state.players.delete(client.sessionId);
  }

  step() {
    const { players, shots } = this.state;
    this.state.tick += 1;
    players.forEach((player, id) => {
      const pad = this.pads.get(id);
      if (!movePlayer(player, pad)) return;
      const shot = new Shot();
      Object.assign(shot, { x: player.x, y: player.y, owner: id });
      const name = String(this.shotsMade++);
      this.angles.set(name, pad.aim);
      shots.set(name, shot);
    });
    const ended = [];
    shots.forEach((shot, name) => {
      let flies = moveShot(shot, this.angles.get(name));
      players.forEach((player, id) => {
        if (id === shot.owner || !hits(shot, player)) return;
        flies = false;
        Object.assign(player, spawn());
        const owner = players.get(shot.owner);
        if (owner) owner.score += 1;
      });
      if (!flies) ended.push(name);
    });
    for (const name of ended) {
      shots.delete(name);
      this.angles.delete(name);
    }
  }
}

const server = new Server({ greet: false, transport: new WebSocketTransport() });
server.define("arena", ArenaRoom);
await server.listen(port, "127.0.0.1");
console.log("listening");
