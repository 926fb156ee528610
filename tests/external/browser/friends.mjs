// Rooms that players make: two people meet by a code, play, gather again, and look for others; a third one is not let in.
import assert from "node:assert/strict";
import { by, intoMatch, noProblems, onScreen, openTab, person, viewWhere } from "./page.mjs";

export const friends = {
  async friends(browser, url) {
    const ada = await openTab(await person(browser), `${url}/app`);
    await by(ada, "name").fill("Ada");
    await by(ada, "friends").click();
    const code = await codeOf(ada);
    assert.equal(new URL(ada.url()).search, `?room=${code}`);
    assert.equal(await by(ada, "room-link").inputValue(), `${url}/app?room=${code}`);
    await by(ada, "start-hint").getByText("1 more player needed.").waitFor();
    assert.ok(await by(ada, "start").isDisabled());

    // A stranger opens the link: the page asks for their name.
    const grace = await openTab(await person(browser), `${url}/app?room=${code}`);
    await by(grace, "invited-code").getByText(code).waitFor();
    await by(grace, "name").fill("Grace");
    await by(grace, "play").click();
    assert.equal(await codeOf(grace), code);
    await member(ada, "Grace").waitFor();
    await by(grace, "gathering-title").getByText("Ada’s room").waitFor();
    assert.ok(await by(grace, "start").isHidden());

    const eve = await isRemoved(browser, url, ada, code);
    await staysAfterReload(grace, code);
    await buttonsAreInView(ada);

    // The host chooses, and the others see it.
    await by(ada, "setting-match_seconds").fill("8");
    await ada.keyboard.press("Enter");
    await hasValue(by(grace, "setting-match_seconds"), "8");
    await by(grace, "ready").click();
    await member(ada, "Grace").getByText("ready").waitFor();
    await by(ada, "start").click();
    const starts = await Promise.all([ada, grace].map(intoMatch));
    for (const { players } of starts) assert.deepEqual(players.map(({ name }) => name).sort(), ["Ada", "Grace"]);
    await viewWhere(ada, "(view) => view.leftMs <= 8_000");
    await Promise.all([ada, grace].map((page) => onScreen(page, "over")));

    await Promise.all([ada, grace].map((page) => by(page, "rematch").click()));
    assert.deepEqual(await Promise.all([ada, grace].map(codeOf)), [code, code]);
    await Promise.all([member(ada, "Grace"), member(grace, "Ada")].map((row) => row.waitFor()));
    await by(grace, "leave-room").click();
    await onScreen(grace, "home");
    await member(ada, "Grace").waitFor({ state: "detached" });

    // They look for others together: one room of the queue has both. When both have left it, their own room has its code.
    await by(grace, "open-code").click();
    await join(grace, code);
    await member(ada, "Grace").waitFor();
    assert.ok(await by(grace, "find").isHidden());
    await by(ada, "find").click();
    for (const page of [ada, grace]) {
      await onScreen(page, "room");
      await by(page, "room-players").getByText("Ada").waitFor();
      await by(page, "room-players").getByText("Grace").waitFor();
    }
    for (const page of [ada, grace]) {
      await by(page, "cancel").click();
      await onScreen(page, "home");
    }
    await by(ada, "open-code").click();
    await join(ada, code);
    assert.equal(await codeOf(ada), code);
    noProblems(ada, grace, eve);
  },
};

/** The code of the room that the page shows. */
async function codeOf(page) {
  await onScreen(page, "gathering");
  await page.waitForFunction(() => /^\w{3}-\w{3}$/.test(document.querySelector("[data-testid=room-code]").textContent));
  return by(page, "room-code").textContent();
}

const member = (page, name) => by(page, "members").getByRole("listitem").filter({ hasText: name });

/** A third person types the code. The host removes them, and they do not get in again. Returns their page. */
async function isRemoved(browser, url, host, code) {
  const page = await openTab(await person(browser), `${url}/app`);
  await by(page, "name").fill("Eve");
  await by(page, "open-code").click();
  await join(page, "BBB-BBB");
  await page.getByRole("alert").getByText("No room has this code.").waitFor();
  await page.getByRole("button", { name: "Enter a code" }).click();
  await join(page, code.toLowerCase().replace("-", " "));
  assert.equal(await codeOf(page), code);
  await member(host, "Eve").getByRole("button", { name: "Remove" }).click();
  await page.getByRole("alert").getByText("You were removed from the room.").waitFor();
  await member(host, "Eve").waitFor({ state: "detached" });
  await by(page, "open-code").click();
  await join(page, code);
  await page.getByRole("alert").getByText("The host of that room removed you.").waitFor();
  return page;
}

async function join(page, code) {
  await by(page, "code").fill(code);
  await page.keyboard.press("Enter");
}

async function staysAfterReload(page, code) {
  await page.reload();
  assert.equal(await codeOf(page), code);
  await member(page, "Ada").waitFor();
  assert.equal(await by(page, "members").locator(".taken").count(), 2);
}

/** On phones and on a desktop: nothing is cut off, and the buttons need no scrolling. */
async function buttonsAreInView(page) {
  for (const [width, height] of [[390, 844], [844, 390], [1280, 800]]) {
    await page.setViewportSize({ width, height });
    assert.ok((await page.evaluate(() => document.documentElement.scrollWidth)) <= width, `wider than ${width}`);
    for (const id of ["start", "find", "ready", "leave-room"]) {
      const box = await by(page, id).boundingBox();
      const isIn = box.x >= 0 && box.x + box.width <= width && box.y >= 0 && box.y + box.height <= height;
      assert.ok(isIn, `${id} at ${width} × ${height}: ${JSON.stringify(box)}`);
    }
  }
}

/** Waits until a field has this value. */
async function hasValue(field, value) {
  const element = await field.elementHandle();
  await field.page().waitForFunction(([element, value]) => element.value === value, [element, value]);
}
