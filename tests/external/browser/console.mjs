// The operators' console, while a match runs.
import assert from "node:assert/strict";
import { by, intoMatch, noProblems, openTab, person, pressPlay, relaysOf, view as viewOf, viewWhere } from "./page.mjs";

/** The match has gone on if it is this much later. */
const GOES_ON_TICKS = 120;

export const operators = {
  /** An operator sees a room, its players and its relay, a report, closes a pool, and finds that in the audit. */
  async console(browser, url, token) {
    const page = await openTab(await person(browser), `${url}/console#token=${token}`);
    await page.getByText("olga · operate").waitFor();
    assert.equal(page.url(), `${url}/console#/`, "the token stays in the address");
    const view = (name) => page.getByRole("navigation").getByRole("link", { name }).click();
    const row = (text) => page.getByRole("row").filter({ hasText: text });

    const [reporter, other] = await match(url);
    await view("Relays");
    await row("relay-1").getByText("live").waitFor();
    await view("Rooms");
    const room = row("started").first();
    assert.match(await room.textContent(), /relay-1/);
    await room.getByRole("link").click();
    await row("playing").first().waitFor();
    await page.getByRole("button", { name: "End room" }).waitFor();
    assert.equal(await page.getByRole("button", { name: "Kill this relay" }).count(), 0, "relays can be killed outside of `up`");

    await report(url, reporter.token, other.player_id);
    await view("Reports");
    await row("Waits at the corner").getByRole("button", { name: "Watch at this tick" }).waitFor();

    await view("Pools");
    await page.getByRole("button", { name: "Close main" }).click();
    await page.keyboard.press("Enter");
    assert.equal(await by(page, "act").isVisible(), true, "an act without a reason");
    await page.keyboard.type("A smoke test");
    await page.keyboard.press("Enter");
    await by(page, "done").getByText("Pool main is closed.").waitFor();
    await row("main").getByText("A smoke test").waitFor();
    await page.getByRole("button", { name: "Settings main" }).click();
    await by(page, "act-overrides").fill('{ "countdown_ms": 1500 }');
    await by(page, "act-reason").fill("The evening");
    await page.keyboard.press("Enter");
    await by(page, "done").getByText("The settings of pool main have changed.").waitFor();
    await page.getByRole("button", { name: "Settings main" }).click();
    await by(page, "act").getByText("All settings now").click();
    await by(page, "act").locator("pre").getByText('"countdown_ms": 1500').waitFor();
    await page.keyboard.press("Escape");
    await view("Audit");
    const entry = await row("A smoke test").first().textContent();
    assert.ok(["olga", "close", "main"].every((word) => entry.includes(word)), entry);
    noProblems(page);
  },

  /** An operator kills the relay of the match that another page plays: the match goes on. */
  async kill(browser, url, token) {
    const player = await openTab(await person(browser), `${url}/app`);
    const relays = await relaysOf(player);
    await pressPlay(player, "Dorothea");
    await intoMatch(player);
    const page = await openTab(await person(browser), `${url}/console#token=${token}`);
    const view = (name) => page.getByRole("navigation").getByRole("link", { name }).click();
    const row = (text) => page.getByRole("row").filter({ hasText: text });
    await view("Relays");
    await page.getByRole("button", { name: "Kill this relay relay-1" }).waitFor();
    await view("Rooms");
    await row("started").getByRole("link").first().click();
    const room = page.url();
    const fact = (name) => page.locator("dt", { hasText: name }).locator("+ dd");
    await fact("Epoch").getByText("1", { exact: true }).waitFor();
    await showsState(page);

    const joined = relays.length;
    await page.getByRole("button", { name: "Kill this relay" }).click();
    await page.keyboard.press("Enter");
    assert.equal(await by(page, "act").isVisible(), true, "an act without a reason");
    await page.keyboard.type("A demonstration");
    await page.keyboard.press("Enter");
    await by(page, "done").getByText("relay-1 was killed.").waitFor();
    // The same match, which was given to a relay once more.
    await fact("Epoch").getByText("2", { exact: true }).waitFor();
    assert.equal(page.url(), room);
    const { tick } = await viewOf(player);
    await viewWhere(
      player,
      "(view, tick) => view.connection === 'open' && view.running && view.tick > tick",
      tick + GOES_ON_TICKS,
    );
    assert.ok(relays.length > joined, "the player did not connect again");
    await fact("State").getByText("started").waitFor();
    await view("Audit");
    const entry = await row("A demonstration").first().textContent();
    assert.ok(["up", "kill", "relay-1"].every((word) => entry.includes(word)), entry);
    noProblems(page, player);
  },
};

/** The values of each player by the names of the game's fields, and a tick that advances. */
async function showsState(page) {
  const table = page.getByRole("table", { name: "State of the players" });
  await table.getByRole("columnheader", { name: "lives", exact: true }).waitFor();
  await table.getByRole("cell", { name: "Dorothea" }).waitFor();
  const tick = page.locator("dt", { hasText: /^Tick$/ }).locator("+ dd");
  const shown = await tick.textContent();
  await tick.filter({ hasNotText: shown }).waitFor();
}

/** Two players and a bot in a match. Without a socket of theirs, it goes on for half a minute. */
async function match(url) {
  const guests = [await post(url, "/lobby/guest"), await post(url, "/lobby/guest")];
  const [host, other] = guests;
  const { room, code } = await post(url, "/lobby/rooms", host.token);
  await post(url, "/lobby/rooms/join", other.token, { code });
  await post(url, `/lobby/rooms/${room}/start`, host.token, { bots: 1 });
  return guests;
}

/** A player of the running match reports another one. */
async function report(url, token, player_id) {
  await post(url, "/match/report", token, { player_id, tick: 1, reason: "Waits at the corner" });
}

async function post(url, path, token, body = {}) {
  const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
  const answer = await fetch(url + path, { method: "POST", headers, body: JSON.stringify(body) });
  const text = await answer.text();
  assert.ok(answer.ok, `${path}: ${answer.status} ${text}`);
  return text && JSON.parse(text);
}
