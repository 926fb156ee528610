// A running match, watched by somebody who has never been here, and by somebody who waits for a match of their own.
import assert from "node:assert/strict";
import { by, intoMatch, noProblems, onScreen, openTab, person, pressPlay, viewWhere } from "./page.mjs";

export const watching = {
  /** Two play. A third, who waits for a fourth, watches them, returns to the waiting screen, and enters their own match. */
  async meanwhile(browser, url) {
    const open = async (name) => {
      const page = await openTab(await person(browser), `${url}/app`);
      await pressPlay(page, name);
      return page;
    };
    const ada = await open("Ada");
    await onScreen(ada, "room");
    await by(ada, "watch-meanwhile").click();
    await by(ada, "status").getByText("There is no match to watch now.").waitFor();
    const grace = await open("Grace");
    await Promise.all([ada, grace].map(intoMatch));

    const cleo = await open("Cleo");
    await onScreen(cleo, "room");
    const watch = async () => {
      await by(cleo, "watch-meanwhile").click();
      await onScreen(cleo, "replay");
      const { players } = await viewWhere(cleo, "(view) => view.tick > 0");
      assert.deepEqual(players.map(({ name }) => name).sort(), ["Ada", "Grace"]);
    };
    await watch();
    await by(cleo, "close-replay").click();
    await onScreen(cleo, "room");
    await by(cleo, "room-players").getByText("Cleo").waitFor();
    await watch();
    await cleo.goBack();
    await onScreen(cleo, "room");
    await watch();
    const dan = await open("Dan");
    const start = await intoMatch(cleo);
    assert.deepEqual(start.players.map(({ name }) => name).sort(), ["Cleo", "Dan"]);
    assert.equal(await by(cleo, "close-replay").isVisible(), false);
    noProblems(ada, grace, cleo, dan);
  },
};

/** Opens the link to watch the match of this number of players that this page plays. Returns the new page once its picture moves. */
export async function beginsToWatch(player, count = 3) {
  await by(player, "share-watch").click();
  const link = await player.evaluate(() => navigator.clipboard.readText());
  const page = await openTab(await person(player.context().browser()), link);
  await onScreen(page, "replay");
  const { tick, players } = await viewWhere(page, "(view) => view.tick > 0");
  assert.equal(players.length, count);
  await viewWhere(page, "(view, tick) => view.tick > tick + 10", tick);
  await isLive(page, true);
  return page;
}

/** The match went on at another server up to this tick: so does the picture. Then back to an early tick, and live again. */
export async function goesBackAndLive(page, tick) {
  await viewWhere(page, "(view, tick) => view.tick > tick", tick);
  await by(page, "arena").focus();
  await page.keyboard.press("Home");
  await viewWhere(page, "(view, tick) => view.tick < tick - 120", tick);
  await isLive(page, false);
  await by(page, "live").click();
  await viewWhere(page, "(view, tick) => view.tick > tick", tick);
  await isLive(page, true);
  assert.equal(await by(page, "live-note").isVisible(), false);
}

/** The whole match was shown, up to its end. */
export async function isOver(page) {
  await by(page, "live-note").getByText("The match is over.").waitFor();
  await page.getByRole("button", { name: "Play again" }).waitFor();
  await by(page, "live").waitFor({ state: "hidden" });
  noProblems(page);
  await page.close();
}

async function isLive(page, isLive) {
  await page.locator(`#live[aria-pressed=${isLive}]`).waitFor();
}
