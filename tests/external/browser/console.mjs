// The operators' console, while a match runs.
import assert from "node:assert/strict";
import { by, noProblems, openTab, person } from "./page.mjs";

export const operators = {
  /** An operator sees a room, its players and its relay, closes a pool, and finds that in the audit. */
  async console(browser, url, token) {
    const page = await openTab(await person(browser), `${url}/console#token=${token}`);
    await page.getByText("olga · operate").waitFor();
    assert.equal(page.url(), `${url}/console#/`, "the token stays in the address");
    const view = (name) => page.getByRole("navigation").getByRole("link", { name }).click();
    const row = (text) => page.getByRole("row").filter({ hasText: text });

    await queue(url);
    await view("Relays");
    await row("relay-1").getByText("live").waitFor();
    await view("Rooms");
    const room = row("started").first();
    assert.match(await room.textContent(), /relay-1/);
    await room.getByRole("link").click();
    await row("playing").first().waitFor();
    await page.getByRole("button", { name: "End room" }).waitFor();

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

/** A player joins the queue, and bots join them. Without a socket of theirs, the match goes on for half a minute. */
async function queue(url) {
  const post = async (path, token) => {
    const headers = { "content-type": "application/json", ...(token && { authorization: `Bearer ${token}` }) };
    const answer = await fetch(url + path, { method: "POST", headers, body: "{}" });
    assert.ok(answer.ok, `${path}: ${answer.status}`);
    return answer.json();
  };
  const { token } = await post("/lobby/guest");
  await post("/lobby/queue", token);
}
