// Matches that survive the end of their server, and replays.
import assert from "node:assert/strict";
import { by, intoMatch, nextFrame, noProblems, onScreen, openTab, person, please, pressPlay, relaysOf, view, viewWhere } from "./page.mjs";
import { beginsToWatch, goesBackAndLive, isOver } from "./watching.mjs";

/** After this many ticks, a match counts as running. */
const GOES_ON_TICKS = 60;
/** The allowed difference between match and replay at the same tick, px: snapshots may have been missed. */
const NEAR_PX = 8;
/** Nobody walks this far in three ticks. */
const PUT_PX = 40;

export const lasting = {
  /** The server of a running match ends, as `how` says: the page continues without a reload. */
  async outlive(browser, url, how) {
    const page = await openTab(await person(browser, { permissions: ["clipboard-read", "clipboard-write"] }), `${url}/app`);
    const relays = await relaysOf(page);
    await pressPlay(page, "Dorothea");
    await intoMatch(page);
    await page.evaluate(() => (window.loadedOnce = true));
    await noteNotices(page);
    // One of the three is enough for watching.
    const watcher = how === "kill" ? await beginsToWatch(page) : undefined;
    const before = await viewWhere(page, "(view, ticks) => view.tick > ticks", 2 * GOES_ON_TICKS);
    await please(how, relays.at(-1));
    const joined = relays.length;
    const after = await viewWhere(
      page,
      "(view, tick) => view.connection === 'open' && view.running && view.tick > tick",
      before.tick + 2 * GOES_ON_TICKS,
    );
    assert.ok(how === "restart" || relays.at(-1) !== relays[0], relays.join());
    assert.ok(joined <= relays.length);
    assert.equal(after.players.length, 3);
    for (const player of before.players) {
      const { score } = after.players.find(({ playerId }) => playerId === player.playerId);
      assert.ok(score >= player.score, `${player.name} had ${player.score}, and has ${score}`);
    }
    await moves(page);
    if (watcher) await goesBackAndLive(watcher, after.tick);
    assert.equal(await by(page, "notice").isVisible(), false);
    const notices = await page.evaluate(() => window.notices);
    assert.ok(notices.every((text) => text === "Reconnecting… The match continues."), notices.join("; "));
    await onScreen(page, "over");
    const scores = await by(page, "final-scores").getByRole("listitem").allTextContents();
    assert.equal(scores.length, 3, scores.join("; "));
    assert.equal(await page.evaluate(() => window.loadedOnce), true, "the page was reloaded");
    if (watcher) await isOver(watcher);
    // What came before the move, and after it, is one match.
    const replay = await watch(page);
    assert.ok(replay.ticks > after.tick, `${replay.ticks} ticks`);
    noProblems(page);
  },

  /** A match over WebTransport until UDP is cut: the page continues over a WebSocket, and shows in the network graph which it is. */
  async udp(browser, url) {
    const context = await person(browser);
    await context.addInitScript(withoutGameSockets);
    const page = await openTab(context, `${url}/app`);
    await pressPlay(page, "Dorothea");
    await intoMatch(page);
    await page.keyboard.press("F3");
    const shown = by(page, "netgraph");
    await shown.getByText("WebTransport").waitFor();
    await moves(page);
    const { tick } = await view(page);
    await page.evaluate(() => (window.passesSockets = true));
    await please("cut");
    await shown.getByText("WebSocket").waitFor();
    await viewWhere(page, "(view, tick) => view.connection === 'open' && view.running && view.tick > tick", tick + GOES_ON_TICKS);
    assert.equal(await page.evaluate(() => window.skirmish.stats().transport), "websocket");
    await moves(page);
    noProblems(page);
  },

  /** After the match, its replay: the same moments as in the match, back and forth, by pointer and by keys; from a file, too. */
  async replay(browser, url) {
    const context = await person(browser, { acceptDownloads: true, permissions: ["clipboard-read", "clipboard-write"] });
    const page = await openTab(context, `${url}/app`);
    await pressPlay(page, "Dorothea");
    await intoMatch(page);
    await page.evaluate(noteOthers);
    await onScreen(page, "over");
    const seen = await page.evaluate(() => window.seen);
    // A machine without a processor to spare has few calm moments.
    assert.ok(seen.length > 10, `${seen.length} moments`);
    const { ticks } = await watch(page);
    await standsStill(page);
    await sameAsSeen(page, seen.filter(({ tick }) => tick < ticks - 2));
    await scrubs(page, ticks);
    await byKeys(page, ticks);
    const address = page.url();
    assert.match(address, /\/app\/?\?replay=main\./);
    await by(page, "close-replay").click();
    await onScreen(page, "over");
    assert.doesNotMatch(page.url(), /replay/);
    await byAddress(context, address);
    await byLink(browser, page, address);
    await fromFile(context, url, page);
    noProblems(page);
  },
};

/** In the page: records every text of the notice. */
function noteNotices(page) {
  return page.evaluate(() => {
    window.notices = [];
    const notice = document.querySelector("[data-testid=notice]");
    new MutationObserver(() => notice.hidden || window.notices.push(notice.textContent)).observe(notice, { attributes: true });
  });
}

/**
 * In the page: where the others are drawn, a few times a second, as long as snapshots come; but not around an underrun, as when
 * somebody got no processor for a moment: then they are drawn where they were last.
 */
function noteOthers() {
  const [CALM_MS, TICKS_PER_SECOND] = [500, 60];
  window.seen = [];
  let before = { underruns: 0, snapshots: 0 };
  let calmAt = 0;
  const look = () => {
    const view = window.skirmish.view();
    if (document.body.dataset.screen !== "match") return;
    const now = window.skirmish.stats() ?? before;
    if (now.underruns !== before.underruns) {
      calmAt = performance.now() + CALM_MS;
      window.seen.pop();
    }
    // An underrun may last, and counts once.
    const isBeyond = now.snapshotAgeMs > ((now.viewDelayTicks - now.runAheadTicks) * 1000) / TICKS_PER_SECOND;
    const isTrue = now.snapshots !== before.snapshots && performance.now() > calmAt && !isBeyond;
    before = now;
    const others = view?.players.filter(({ own, alive }) => alive && !own) ?? [];
    const places = others.map(({ playerId, x, y }) => ({ playerId, x, y }));
    if (isTrue && view?.running && view.tick > 30) window.seen.push({ tick: view.tick, places });
    setTimeout(() => requestAnimationFrame(look), 40);
  };
  look();
}

async function moves(page) {
  const { me } = await viewWhere(page, "(view) => view.me && view.me.alive");
  const key = me.x < 412 ? "ArrowRight" : "ArrowLeft";
  await page.keyboard.down(key);
  await viewWhere(page, "(view, x) => view.me && Math.abs(view.me.x - x) > 30", me.x);
  await page.keyboard.up(key);
}

/** On a busy machine, a WebSocket may be sooner than WebTransport. Until `passesSockets`, none gets to the game server. */
function withoutGameSockets() {
  const Plain = window.WebSocket;
  window.WebSocket = class extends Plain {
    constructor(url, protocols) {
      super(window.passesSockets ? url : url.replace("/game/", "/nowhere/"), protocols);
    }
  };
}

/** Opens the replay from the scores. */
async function watch(page) {
  await by(page, "watch").click();
  await onScreen(page, "replay");
  await viewWhere(page, "(view) => view.tick >= 0 && view.players.length === 3");
  return { ticks: Number(await by(page, "seek").getAttribute("max")) };
}

/** Pauses, and checks that nothing moves. */
async function standsStill(page) {
  await page.getByRole("button", { name: "Pause" }).click();
  await page.getByRole("button", { name: "Play", exact: true }).waitFor();
  await frames(page, 2);
  const { tick } = await view(page);
  await frames(page, 5);
  assert.equal((await view(page)).tick, tick);
}

/** Drags the bar to a tick; returns the view drawn there. */
async function at(page, tick) {
  await by(page, "seek").evaluate((seek, tick) => {
    seek.value = String(tick);
    seek.dispatchEvent(new Event("input", { bubbles: true }));
  }, tick);
  return viewWhere(page, "(view, tick) => view.tick === tick", tick);
}

/** The others are where the match showed them. A player who was put elsewhere around that tick is left out: the match drew them at either place. */
async function sameAsSeen(page, seen) {
  const step = Math.ceil(seen.length / 20);
  const off = [];
  let compared = 0;
  for (let n = 0; n < seen.length; n += step) {
    const { tick, places } = seen[n];
    const around = [];
    for (const offset of [-1, 0, 1, 2]) around.push(await at(page, Math.max(Math.floor(tick) + offset, 0)));
    const part = tick - around[1].tick;
    for (const { playerId, x, y } of places) {
      const [before, from, to, after] = around.map((view) => view.players.find((player) => player.playerId === playerId));
      if (Math.hypot(after.x - before.x, after.y - before.y) > PUT_PX) continue;
      const far = Math.hypot(from.x + (to.x - from.x) * part - x, from.y + (to.y - from.y) * part - y);
      compared++;
      if (far > NEAR_PX) off.push(`tick ${tick}: ${far.toFixed(1)} px`);
    }
  }
  assert.ok(off.length <= compared * 0.05, `${off.length} of ${compared}: ${off.join("; ")}`);
}

/** Checks that a tick shows the same after any jump. */
async function scrubs(page, ticks) {
  const places = [0.1, 0.35, 0.6, 0.85, 1].map((share) => Math.floor(share * ticks));
  const first = [];
  for (const tick of places) first.push(await at(page, tick));
  for (const n of [4, 0, 3, 1, 2, 0, 4]) assert.deepEqual(await at(page, places[n]), first[n], `tick ${places[n]}`);
}

async function byKeys(page, ticks) {
  await at(page, 0);
  await by(page, "arena").focus();
  await page.keyboard.press("ArrowRight");
  await viewWhere(page, "(view) => view.tick === 300");
  await page.keyboard.press("Shift+ArrowLeft");
  await viewWhere(page, "(view) => view.tick === 299");
  await page.keyboard.press("ArrowUp");
  assert.equal(await by(page, "speed").inputValue(), "2");
  await page.keyboard.press("Space");
  await viewWhere(page, "(view) => view.tick > 330");
  await page.keyboard.press("End");
  await viewWhere(page, "(view, ticks) => view.tick === ticks", ticks);
  await page.getByRole("button", { name: "Play again" }).waitFor();
  if (await by(page, "moment-back").isVisible()) {
    await by(page, "moment-back").click();
    await viewWhere(page, "(view, ticks) => view.tick < ticks", ticks);
  }
}

/** The address of a replay opens it in a new tab of the same browser. */
async function byAddress(context, address) {
  const tab = await openTab(context, address);
  await onScreen(tab, "replay");
  await by(tab, "close-replay").click();
  await onScreen(tab, "home");
  noProblems(tab);
  await tab.close();
}

/** The link that a player copies opens the replay for somebody who never played. Its address alone does not. */
async function byLink(browser, page, address) {
  await by(page, "watch").click();
  await onScreen(page, "replay");
  await by(page, "share-replay").click();
  await page.getByText("The link is copied.").first().waitFor();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  assert.ok(link.startsWith(`${address}#token=`), link);
  await by(page, "close-replay").click();
  await onScreen(page, "over");

  const stranger = await openTab(await person(browser), link);
  await onScreen(stranger, "replay");
  await viewWhere(stranger, "(view) => view.players.some((player) => player.name === 'Dorothea')");
  assert.equal(await stranger.evaluate(() => localStorage.length), 0, "the viewer of a link became a player");
  const other = await openTab(await person(browser), `${link.slice(0, -10)}AAAAAAAAAA`);
  await other.getByText("This link does not work any more.").first().waitFor();
  const without = await openTab(await person(browser), address);
  await without.getByText("Only its players can watch this replay").first().waitFor();
  noProblems(stranger, other, without);
}

/** The file of the replay, brought along by somebody who never played; and one that is none. */
async function fromFile(context, url, page) {
  await by(page, "watch").click();
  await onScreen(page, "replay");
  const room = new URL(page.url()).searchParams.get("replay");
  const file = await page.evaluate(async (room) => {
    const { token } = JSON.parse(localStorage.getItem("skirmish.guest"));
    const answer = await fetch(`/replays/${room}`, { headers: { authorization: `Bearer ${token}` } });
    return [...new Uint8Array(await answer.arrayBuffer())];
  }, room);
  const stranger = await openTab(await person(context.browser()), `${url}/app`);
  const bring = (buffer) => by(stranger, "replay-file").setInputFiles({ name: "match.replay", mimeType: "", buffer });
  await bring(Buffer.from("no replay"));
  await stranger.getByText("This file is not a replay").waitFor();
  await bring(Buffer.from(file));
  await onScreen(stranger, "replay");
  await viewWhere(stranger, "(view) => view.players.some((player) => player.name === 'Dorothea')");
  noProblems(stranger);
}

async function frames(page, count) {
  for (let n = 0; n < count; n++) await nextFrame(page);
}
