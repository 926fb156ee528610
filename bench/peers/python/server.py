# The arena on python-socketio, in the usual first design: an event loop, a task for each room, and the complete state as
# JSON to every player in it.
# python server.py <port> <states per second>

import asyncio
import math
import random
import sys
import time
from urllib.parse import parse_qs

import socketio
import uvicorn

PORT, HZ = int(sys.argv[1]), int(sys.argv[2])
TICKS_PER_SECOND = 60
SIDE, PLAYER_RADIUS, SHOT_RADIUS = 824, 10, 5
PLAYER_STEP, SHOT_STEP = 240 / TICKS_PER_SECOND, 600 / TICKS_PER_SECOND
COOLDOWN_TICKS = TICKS_PER_SECOND // 4

sio = socketio.AsyncServer(async_mode="asgi", cors_allowed_origins="*")
app = socketio.ASGIApp(sio)
rooms = {}
room_of = {}


class Room:
    def __init__(self, name):
        self.name, self.tick = name, 0
        self.players, self.pads, self.shots = {}, {}, []

    async def run(self):
        began = time.monotonic()
        while self.players:
            self.step()
            if self.tick % (TICKS_PER_SECOND // HZ) == 0:
                shots = [{k: shot[k] for k in ("x", "y", "playerUUID")} for shot in self.shots]
                state = {"tick": self.tick, "players": self.players, "projectiles": shots}
                await sio.emit("state", state, room=self.name)
            # Delays of more than six ticks are skipped.
            due = began + self.tick / TICKS_PER_SECOND
            behind = time.monotonic() - due
            if behind > 6 / TICKS_PER_SECOND:
                began += behind
            await asyncio.sleep(max(0.0, -behind))
        rooms.pop(self.name, None)

    def step(self):
        self.tick += 1
        for sid, player in self.players.items():
            self.move(sid, player, self.pads[sid])
        self.shots = [shot for shot in self.shots if self.flies(shot)]

    def move(self, sid, player, pad):
        length = math.hypot(pad["dx"], pad["dy"])
        if length > 0:
            low, high = PLAYER_RADIUS, SIDE - PLAYER_RADIUS
            player["x"] = min(high, max(low, player["x"] + pad["dx"] / length * PLAYER_STEP))
            player["y"] = min(high, max(low, player["y"] + pad["dy"] / length * PLAYER_STEP))
        player["aim"] = pad["aim"]
        pad["cooldown"] = max(0, pad["cooldown"] - 1)
        if pad["fire"] and pad["cooldown"] == 0:
            pad["cooldown"] = COOLDOWN_TICKS
            shot = {"x": player["x"], "y": player["y"], "angle": pad["aim"], "playerUUID": sid}
            self.shots.append(shot)
        pad["fire"] = False

    def flies(self, shot):
        shot["x"] += math.cos(shot["angle"]) * SHOT_STEP
        shot["y"] += math.sin(shot["angle"]) * SHOT_STEP
        low, high = SHOT_RADIUS, SIDE - SHOT_RADIUS
        flies = low < shot["x"] < high and low < shot["y"] < high
        reach = (PLAYER_RADIUS + SHOT_RADIUS) ** 2
        for sid, player in self.players.items():
            if sid == shot["playerUUID"]:
                continue
            if (shot["x"] - player["x"]) ** 2 + (shot["y"] - player["y"]) ** 2 < reach:
                flies = False
                player.update(spawn())
                owner = self.players.get(shot["playerUUID"])
                if owner:
                    owner["score"] += 1
        return flies


def spawn():
    low, high = PLAYER_RADIUS, SIDE - PLAYER_RADIUS
    return {"x": random.uniform(low, high), "y": random.uniform(low, high)}


@sio.event
async def connect(sid, environ):
    name = parse_qs(environ["QUERY_STRING"])["room"][0]
    room = rooms.get(name)
    is_new = room is None
    if is_new:
        room = rooms[name] = Room(name)
    room_of[sid] = room
    room.pads[sid] = {"dx": 0, "dy": 0, "aim": 0, "fire": False, "cooldown": 0}
    room.players[sid] = {**spawn(), "aim": 0, "lives": 3, "score": 0}
    await sio.enter_room(sid, name)
    if is_new:
        sio.start_background_task(room.run)


@sio.on("input")
async def take_input(sid, data):
    pad = room_of[sid].pads[sid]
    pad.update(dx=data["dx"], dy=data["dy"], aim=data["aim"], fire=pad["fire"] or data["fire"])


@sio.event
async def disconnect(sid):
    room = room_of.pop(sid)
    room.players.pop(sid, None)
    room.pads.pop(sid, None)


uvicorn.run(app, host="127.0.0.1", port=PORT, log_level="error")
