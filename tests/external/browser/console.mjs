// The operators' console, while a match runs.
import assert from "node:assert/strict";
import { by, noProblems, openTab, person } from "./page.mjs";

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
    await view("Audit");
    const entry = await row("A smoke test").first().textContent();
    assert.ok(["olga", "close", "main"].every((word) => entry.includes(word)), entry);
    noProblems(page);
  },
};

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
