// A running match, watched by somebody who has never been here.
import assert from "node:assert/strict";
import { by, noProblems, onScreen, openTab, person, viewWhere } from "./page.mjs";

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
