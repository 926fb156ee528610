"""A Skirmish client that uses only the public documents: python3 client.py http://127.0.0.1:8080"""
import asyncio, json, math, random, sys, urllib.request
import websockets  # pip install websockets

SERVER = sys.argv[1].rstrip("/")


def call(method, path, token="", body=None):
    """Sends one request to the lobby's HTTP API. Returns the JSON of its answer, or None."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(SERVER + path, data, headers, method=method)
    with urllib.request.urlopen(request, timeout=10) as response:
        return json.loads(response.read() or "null")


async def find_match(token):
    """Joins the queue and waits for a match. Returns its address: {url, ticket, ...}."""
    print("in the queue:", call("POST", "/lobby/queue", token, {"color": "#7048e8"}))
    lobby = SERVER.replace("http", "ws", 1) + "/lobby"
    async with websockets.connect(lobby, subprotocols=["skirmish.lobby.v1", f"bearer.{token}"]) as socket:
        await socket.send('{"action": "sync"}')  # the answer is "state": the current state
        while True:
            try:
                message = json.loads(await asyncio.wait_for(socket.recv(), 60))
            except asyncio.TimeoutError:  # no news: a ping keeps the place in the queue
                await socket.send('{"action": "ping"}')
                continue
            print("lobby:", message["type"])
            if message.get("game"):  # in "match_started", and in "state" if the match already runs
                return message["game"]


def decide(snapshot, me):
    """Aims at the nearest opponent, circles around it, and shoots."""
    players = snapshot["players"]
    x, y = players[me]["x"], players[me]["y"]
    others = [p for name, p in players.items() if name != me and p["alive"]]
    if not players[me]["alive"] or not others:
        return {"type": "input", "move": [0, 0], "aim": 0, "fire": False}
    nearest = min(others, key=lambda p: math.hypot(p["x"] - x, p["y"] - y))
    dx, dy = nearest["x"] - x, nearest["y"] - y
    closer = 0.5 if math.hypot(dx, dy) > 200 else -0.5
    aim = math.atan2(dy, dx) + random.gauss(0, 0.05)
    return {"type": "input", "move": [closer * dx - dy, closer * dy + dx], "aim": aim, "fire": True}


async def play(game, me):
    """Plays to the end. Returns the scores, best first."""
    url = f"{game['url']}?ticket={game['ticket']}"
    async with websockets.connect(url, subprotocols=["skirmish.json.v1"]) as socket:
        while True:
            message = json.loads(await asyncio.wait_for(socket.recv(), 30))
            if message["type"] == "snapshot":  # 30 a second; an input applies until the next one
                await socket.send(json.dumps(decide(message, me) | {"seen": message["tick"]}))
            elif message["type"] == "over":
                return message["scores"]


async def main():
    guest = call("POST", "/lobby/guest", body={"name": "Stranger"})
    game = await find_match(guest["token"])
    for line in await play(game, guest["player_id"]):
        print(f"{line['rank']}. {line['name']}: {line['score']}")


asyncio.run(main())
