// End-to-end tests of the page, step by step: node stories.mjs STORY URL [WORD…]
import assert from "node:assert/strict";
import { around } from "./around.mjs";
import { operators } from "./console.mjs";
import { friends } from "./friends.mjs";
import { games } from "./games.mjs";
import { lasting } from "./lasting.mjs";
import { browse, by, intoMatch, noProblems, onScreen, openTab, person, pressPlay, view, viewWhere } from "./page.mjs";
import { watching } from "./watching.mjs";

const stories = {
  ...around,
  ...operators,
  ...friends,
  ...games,
  ...lasting,
  ...watching,

  /** One person and two bots: from the name to the leaderboard, with real keys and a real pointer. */
  async match(browser, url) {
    const page = await openTab(await person(browser), `${url}/app`);
    await onScreen(page, "home");
    await pressPlay(page, "Dorothea", 2);
    await onScreen(page, "queue", "room", "match");
    await onScreen(page, "room", "match");
    await by(page, "room-players").getByText("Dorothea").waitFor({ state: "attached" });
    await page.waitForFunction(
      () =>
        /^\d+$/.test(document.querySelector("[data-testid=countdown]").textContent) ||
        document.body.dataset.screen === "match",
    );
    const start = await intoMatch(page);
    assert.equal(start.players.length, 3);
    assert.equal(start.me.name, "Dorothea");
    assert.equal(await by(page, "lives").getAttribute("data-lives"), "3");
    assert.equal(await by(page, "scores").getByRole("listitem").count(), 3);
    await runs(page, start);
    await shoots(page);
    await onScreen(page, "over");
    const scores = await by(page, "final-scores").getByRole("listitem").allTextContents();
    assert.equal(scores.length, 3, scores.join("; "));
    assert.ok(scores.some((line) => line.includes("Dorothea")), scores.join("; "));
    // Where others have played, the best ten may be others.
    const board = by(page, "leaderboard");
    await board.getByText("Dorothea").or(board.getByRole("listitem").nth(9)).first().waitFor();
    assert.equal(await board.getByText(/^Bot /).count(), 0, "bots are on the leaderboard");
    await buttonsAreInView(page);
    await by(page, "again").click();
    await intoMatch(page);
    noProblems(page);
  },

  /** Three people, no bot. */
  async three(browser, url) {
    const names = ["Ada", "Grace", "Edsger"];
    const pages = await Promise.all(names.map(async () => openTab(await person(browser), `${url}/app`)));
    await Promise.all(pages.map((page, n) => pressPlay(page, names[n], 2)));
    const starts = await Promise.all(pages.map(intoMatch));
    for (const start of starts) {
      assert.deepEqual(start.players.map((player) => player.name).sort(), [...names].sort());
      assert.equal(new Set(start.players.map((player) => player.color)).size, 3);
    }
    const notes = await Promise.all(pages.map((page) => by(page, "color-note").textContent()));
    assert.equal(notes.filter((note) => note.startsWith("Lemon was taken. You play in")).length, 2, notes.join("; "));
    // What one does, the others see.
    const ada = starts[0].me;
    const key = ada.x < 412 ? "ArrowRight" : "ArrowLeft";
    await pages[0].keyboard.down(key);
    await viewWhere(
      pages[1],
      "(view, ada) => view.players.some((other) => other.playerId === ada.playerId && Math.abs(other.x - ada.x) > 40)",
      ada,
    );
    await pages[0].keyboard.up(key);
    await Promise.all(pages.map((page) => onScreen(page, "over")));
    const finals = await Promise.all(pages.map((page) => by(page, "final-scores").getByRole("listitem").count()));
    assert.deepEqual(finals, [3, 3, 3]);
    noProblems(...pages);
  },

  /** The tab is closed in a match; the same browser comes back, twice over. */
  async rejoin(browser, url) {
    const context = await person(browser);
    const first = await openTab(context, `${url}/app`);
    await pressPlay(first, "Ada");
    const { me } = await intoMatch(first);
    noProblems(first);
    await first.close();

    const second = await openTab(context, `${url}/app`);
    await by(second, "rejoin").click();
    const again = await intoMatch(second);
    assert.equal(again.me.playerId, me.playerId);

    // A third tab: the match is running, here or as somebody else.
    const third = await openTab(context, `${url}/app`);
    await by(third, "rejoin").waitFor();
    await by(third, "play-other").click();
    await onScreen(third, "queue", "room", "match");
    assert.equal(await second.evaluate(() => document.body.dataset.screen), "match");
    const other = await intoMatch(third);
    assert.notEqual(other.me.playerId, me.playerId);

    // And a fourth takes the match over from the second, which says so.
    const fourth = await openTab(context, `${url}/app`);
    await by(fourth, "rejoin").click();
    assert.equal((await intoMatch(fourth)).me.playerId, me.playerId);
    await by(second, "rejoin").waitFor();
    noProblems(second, third, fourth);
  },

  /** A phone: nothing is cut off, thumbs move and shoot. */
  async phone(browser, url) {
    const size = { width: 390, height: 844 };
    const context = await person(browser, { viewport: size, hasTouch: true, isMobile: true, deviceScaleFactor: 2 });
    const page = await openTab(context, `${url}/app`);
    await fits(page, size, "home");
    await by(page, "name").fill("Ada");
    await by(page, "play").tap();
    const start = await intoMatch(page);
    await fits(page, size, "match");
    const touch = await context.newCDPSession(page);
    const send = (type, touchPoints) => touch.send("Input.dispatchTouchEvent", { type, touchPoints });
    const box = await by(page, "arena").boundingBox();
    const thumb = { x: box.x + box.width * 0.25, y: box.y + box.height * 0.6, id: 1 };
    const way = start.me.x < 412 ? 45 : -45;
    await send("touchStart", [thumb]);
    await send("touchMove", [{ ...thumb, x: thumb.x + way }]);
    await viewWhere(page, "(view, x) => view.me && Math.abs(view.me.x - x) > 30", start.me.x);
    await send("touchEnd", []);
    const aim = { x: box.x + box.width * 0.75, y: box.y + box.height * 0.6, id: 2 };
    await viewWhere(page, "(view) => view.me && view.me.alive");
    await send("touchStart", [aim]);
    await send("touchMove", [{ ...aim, y: aim.y - 45 }]);
    await viewWhere(page, "(view) => view.projectiles.some((shot) => shot.playerId === view.me?.playerId)");
    await send("touchEnd", []);
    await onScreen(page, "over");
    await fits(page, size, "over");
    noProblems(page);
  },

  /** With a round trip of 100 ms, the own player moves in the next frame, and F3 shows the network graph. */
  async latency(browser, url) {
    const context = await person(browser);
    await context.addInitScript(slowSockets, 50);
    const page = await openTab(context, `${url}/app`);
    await pressPlay(page, "Ada");
    await intoMatch(page);
    await page.keyboard.press("F3");
    const roundTrip = by(page, "netgraph").locator("[data-plot='round trip'] output");
    await page.waitForFunction((output) => parseFloat(output.textContent) >= 90, await roundTrip.elementHandle());
    const { me } = await viewWhere(page, "(view) => view.me && view.me.alive");
    const code = me.x < 412 ? "KeyD" : "KeyA";
    const [before, after] = await page.evaluate(pressBetweenFrames, code);
    assert.notEqual(after, before, `${code} at ${before}`);
    await page.keyboard.press("F3");
    assert.equal(await by(page, "netgraph").isVisible(), false);
    noProblems(page);
  },

  /** The feedback page sends. */
  async feedback(browser, url) {
    const page = await openTab(await person(browser), `${url}/feedback`);
    await by(page, "text").fill("The corners are too safe.");
    await by(page, "send").click();
    await by(page, "thanks").waitFor();
    noProblems(page);
  },
};

/** In the page: every socket takes this long each way. */
function slowSockets(ms) {
  window.WebTransport = undefined;
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    #hear;
    constructor(...words) {
      super(...words);
      this.addEventListener("message", ({ data }) => setTimeout(() => this.#hear?.({ data }), ms));
    }
    set onmessage(hear) {
      this.#hear = hear;
    }
    send(data) {
      setTimeout(() => this.readyState === 1 && super.send(data), ms);
    }
  };
}

/**
 * In the page: a key is pressed in one frame; where the own player is drawn then, and in the first frame that is drawn
 * two ticks on. A frame may come sooner than the next tick, and the line takes six there and back.
 */
function pressBetweenFrames(code) {
  return new Promise((resolve) => {
    const before = window.skirmish.view();
    dispatchEvent(new KeyboardEvent("keydown", { code }));
    const look = () => {
      const view = window.skirmish.view();
      if (view.tick < before.tick + 2) return requestAnimationFrame(look);
      dispatchEvent(new KeyboardEvent("keyup", { code }));
      resolve([before.me.x, view.me.x]);
    };
    requestAnimationFrame(look);
  });
}

/** Keys move the own player, as drawn; every letter and arrow. */
async function runs(page, start) {
  const ways = start.me.x < 412 ? ["KeyD", "ArrowRight"] : ["KeyA", "ArrowLeft"];
  for (const key of ways) {
    const { me } = await viewWhere(page, "(view) => view.me && view.me.alive");
    await page.keyboard.down(key);
    await viewWhere(page, "(view, x) => view.me && Math.abs(view.me.x - x) > 20", me.x);
    await page.keyboard.up(key);
  }
}

/** The pointer aims and shoots. */
async function shoots(page) {
  const box = await by(page, "arena").boundingBox();
  await viewWhere(page, "(view) => view.me && view.me.alive");
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await viewWhere(page, "(view) => view.projectiles.some((shot) => shot.playerId === view.me?.playerId)");
  await page.mouse.up();
  assert.ok(await view(page));
}

/** The buttons under the scores need no scrolling, also with five players and ten lines on the leaderboard. */
async function buttonsAreInView(page) {
  for (const [width, height] of [[1280, 800], [844, 390], [390, 844]]) {
    await page.setViewportSize({ width, height });
    await page.evaluate(() => {
      for (const [id, count] of [["final-scores", 5], ["leaderboard", 10]]) {
        const list = document.getElementById(id);
        while (list.childElementCount < count) list.append(list.lastElementChild.cloneNode(true));
      }
    });
    for (const id of ["rematch", "again", "watch", "home-button"]) {
      const box = await page.locator(`#${id}`).boundingBox();
      assert.ok(box.y >= 0 && box.y + box.height <= height, `${id} at ${width} × ${height}: ${JSON.stringify(box)}`);
    }
  }
}

/** Nothing is wider than the screen, and what is pressed is within it. */
async function fits(page, size, screen) {
  await onScreen(page, screen);
  const width = await page.evaluate(() => document.documentElement.scrollWidth);
  assert.ok(width <= size.width, `${screen} is ${width} px wide`);
  const id = { home: "play", match: "arena", over: "again" }[screen];
  const box = await by(page, id).boundingBox();
  assert.ok(box && box.x >= 0 && box.x + box.width <= size.width, `${id} of ${screen} at ${JSON.stringify(box)}`);
}

const [, , name, url, ...words] = process.argv;
await browse((browser) => stories[name](browser, url, ...words));
// Without this, the open stdin keeps the process alive.
process.stdin.destroy();
