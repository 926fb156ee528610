// Navigation: reload, Back, another name, out of a match, and a network that blocks WebSockets.
import assert from "node:assert/strict";
import { by, intoMatch, noProblems, onScreen, openTab, person, pressPlay, view, viewWhere } from "./page.mjs";

/** The longest time that bots need to eliminate a player who stands still. */
const OUT_MS = 90_000;

export const around = {
  /** A reload goes back into the queue or the match by itself, Back goes home, and another name leaves the same player. */
  async around(browser, url) {
    const blocked = noSockets(browser, url);
    const page = await openTab(await person(browser), `${url}/app`);
    assert.equal(await page.title(), "Skirmish");
    await pressPlay(page, "Ada");
    // The queue has them once it says their place.
    await page.waitForFunction(
      () => document.body.dataset.screen === "room" || /^\d+$/.test(document.querySelector("[data-testid=queue-position]").textContent),
    );
    await page.reload();
    const { me } = await intoMatch(page);
    assert.equal(me.name, "Ada");
    await page.reload();
    assert.equal((await intoMatch(page)).me.playerId, me.playerId);
    await letsGo(page);

    await page.goBack();
    await onScreen(page, "home");
    await by(page, "rejoin").click();
    assert.equal((await intoMatch(page)).me.playerId, me.playerId);
    await by(page, "leave").click();
    await by(page, "forfeit").click();

    await pressPlay(page, "Grace");
    const again = await intoMatch(page);
    assert.deepEqual([again.me.playerId, again.me.name], [me.playerId, "Grace"]);
    noProblems(page);
    await blocked;
  },

  /** Two games: the words of the chosen one, a match of it, and the same choice after a reload. */
  async games(browser, url) {
    const page = await openTab(await person(browser), `${url}/app`);
    const words = by(page, "home-text");
    await words.getByText("Three lives.").waitFor();
    await by(page, "games").getByRole("radio", { name: "Tag" }).check({ force: true });
    await words.getByText("One is it.").waitFor();
    assert.ok(!(await words.textContent()).includes("arena"));
    assert.equal(await page.title(), "Tag");
    await page.reload();
    await words.getByText("One is it.").waitFor();
    await pressPlay(page, "Ada");
    const { me, players } = await intoMatch(page);
    assert.equal(typeof me.it, "boolean", "not a match of tag");
    assert.equal(players.length, 3);
    assert.equal(await page.title(), "Match – Tag");
    await onScreen(page, "over");
    await by(page, "leaderboard").getByText("Ada").waitFor();
    noProblems(page);
  },

  /** Out of a match that runs on: the next one is a press away, and nobody asks about the old one. */
  async out(browser, url) {
    const page = await openTab(await person(browser), `${url}/app`);
    await pressPlay(page, "Ada");
    const { me } = await intoMatch(page);
    await by(page, "out-again").click({ timeout: OUT_MS });
    await onScreen(page, "queue", "room");
    const next = await intoMatch(page);
    assert.equal(next.me.playerId, me.playerId);
    // A player who returns later, when the match is over for them, also starts a new one immediately.
    await by(page, "out-again").waitFor({ timeout: OUT_MS });
    const later = await openTab(page.context(), `${url}/app`);
    await by(later, "play").click();
    assert.equal((await intoMatch(later)).me.playerId, me.playerId);
    noProblems(page, later);
  },
};

/** Cmd suppresses the keyup on macOS, and the right button is reported by a move: nothing keeps walking or firing. */
async function letsGo(page) {
  const { me } = await viewWhere(page, "(view) => view.me && view.me.alive");
  const key = me.x < 412 ? "KeyD" : "KeyA";
  await page.keyboard.down(key);
  await viewWhere(page, "(view, x) => view.me && Math.abs(view.me.x - x) > 20", me.x);
  await page.keyboard.down("Meta");
  await standsStill(page);
  await page.keyboard.up("Meta");
  await page.keyboard.up(key);

  const box = await by(page, "arena").boundingBox();
  await page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
  await page.mouse.down();
  await page.mouse.down({ button: "right" });
  await page.mouse.up();
  await viewWhere(page, "(view) => view.me && !view.projectiles.some((shot) => shot.playerId === view.me.playerId)");
  await page.mouse.up({ button: "right" });
}

/** The own player is where they were, a quarter of a second later. */
async function standsStill(page) {
  await viewWhere(
    page,
    `(view) => {
      const { me, tick } = view;
      if (!me) return false;
      const before = window.stoodAt;
      if (!before || before.x !== me.x || before.y !== me.y) window.stoodAt = { x: me.x, y: me.y, tick };
      return window.stoodAt.tick + 15 <= tick;
    }`,
  );
}

/** The page behind a proxy that lets no WebSocket through says so, with what to do. */
async function noSockets(browser, url) {
  const context = await person(browser);
  await context.addInitScript(() => {
    window.WebSocket = class extends EventTarget {
      readyState = 0;
      close() {}
    };
  });
  const page = await openTab(context, `${url}/app`);
  await pressPlay(page, "Edsger");
  await page.getByRole("alert").getByText(/block WebSockets\. Turn it off for this page/).waitFor();
  assert.equal(await page.evaluate(() => document.body.dataset.screen), "home");
}
