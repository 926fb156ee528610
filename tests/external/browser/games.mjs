// Matches of the games that are not shooters: cards by keys, and swarm with its dash and its items.
import assert from "node:assert/strict";
import { by, intoMatch, noProblems, onScreen, openTab, person, pressPlay, view, viewWhere } from "./page.mjs";
import { beginsToWatch, isOver } from "./watching.mjs";

/** More turns than a match of two players takes. */
const TURNS_MAX = 300;
/** The turn in which somebody begins to watch. */
const WATCHED_TURN = 3;
const SLOTS = [1, 2, 3, 4, 5, 6, 7, 8].map((slot) => `card${slot}`);

export const games = {
  /** Two people play cards to the end by keys. The page says why the game refuses a card. Somebody watches, and sees no hand. */
  async cards(browser, url) {
    const names = ["Ada", "Grace"];
    const permissions = ["clipboard-read", "clipboard-write"];
    const pages = await Promise.all(names.map(async () => openTab(await person(browser, { permissions }), `${url}/app`)));
    for (const page of pages) await choose(page, "Cards", "Click a card to play it");
    await Promise.all(pages.map((page, n) => pressPlay(page, names[n])));
    const starts = await Promise.all(pages.map(intoMatch));
    const first = starts.findIndex(isOnTurn);
    await refuses(pages[1 - first], "KeyD", "It is not your turn");
    const known = new Set();
    let watcher;
    for (let turn = 0; turn < TURNS_MAX; turn++) {
      if (turn === WATCHED_TURN) watcher = await beginsToWatch(pages[0], names.length);
      const drawn = await Promise.all(pages.map(view));
      if (drawn.some(({ players }) => players.some(({ cards }) => cards === 0))) break;
      const at = drawn.findIndex(isOnTurn);
      // One page may have drawn the end of the turn, and the other one not yet.
      if (at >= 0) await takeTurn(pages[at], drawn[at], known);
    }
    await Promise.all(pages.map((page) => onScreen(page, "over")));
    assert.ok(known.has("played") && known.has("drew") && known.has("refused"), [...known].join());
    const finals = await Promise.all(pages.map((page) => by(page, "final-scores").getByRole("listitem").allTextContents()));
    const hands = await watcher.evaluate(() => window.skirmish.view().players);
    for (const player of hands) assert.deepEqual(SLOTS.filter((slot) => player[slot] !== 0), []);
    assert.ok(hands.some(({ cards }) => cards > 0));
    await isOver(watcher);
    for (const lines of finals) {
      assert.equal(lines.length, 2, lines.join("; "));
      for (const name of names) assert.ok(lines.some((line) => line.includes(name)), lines.join("; "));
    }
    noProblems(...pages);
  },

  /** One person and several bots in swarm: keys and buttons dash and choose an item. */
  async swarm(browser, url) {
    const page = await openTab(await person(browser), `${url}/app`);
    const modules = [];
    page.on("request", (request) => request.url().endsWith(".wasm") && modules.push(new URL(request.url()).pathname));
    await choose(page, "Swarm", "Dash");
    await pressPlay(page, "Hedy");
    const start = await intoMatch(page);
    assert.ok(start.players.length >= 4, `${start.players.length} players`);
    assert.ok(modules.includes("/app/engine-swarm.wasm"), modules.join());
    const key = start.me.x < start.arena.width / 2 ? "KeyD" : "KeyA";
    await page.keyboard.down(key);
    await viewWhere(page, "(view, x) => view.me && Math.abs(view.me.x - x) > 20", start.me.x);
    // Held, because a slow machine may not look while one dash lasts.
    await page.keyboard.down("Space");
    await viewWhere(page, "(view) => view.me && view.me.dash > 0");
    await page.keyboard.up("Space");
    await viewWhere(page, "(view) => view.me && view.me.dash === 0");
    await page.keyboard.up(key);
    await page.keyboard.press("Digit3");
    await viewWhere(page, "(view) => view.me && view.me.item === 2");
    await page.keyboard.press("ShiftLeft");
    await viewWhere(page, "(view) => view.me && view.me.item === 0");
    await by(page, "actions").getByRole("button", { name: "Item" }).click();
    await viewWhere(page, "(view) => view.me && view.me.item === 1");
    assert.ok((await view(page)).orbs.length > 0);
    await scoresAreShort(page);
    await onScreen(page, "over");
    await by(page, "final-scores").getByText("Hedy").waitFor();
    noProblems(page);
  },
};

/** Chooses a game on the home screen, whose help for the keys then has these words. */
async function choose(page, game, help) {
  await by(page, "games").getByRole("radio", { name: game }).check({ force: true });
  await by(page, "keys").getByText(help).first().waitFor();
}

function isOnTurn({ match, players }) {
  return players[match.turn]?.own === true;
}

/** Plays a card that fits, after trying one that does not; draws a card without any. */
async function takeTurn(page, { me, match, arena }, known) {
  const hand = SLOTS.map((slot) => me[slot]).filter((card) => card > 0);
  const colorOf = (card) => Math.floor((card - 1) / arena.values);
  const valueOf = (card) => (card - 1) % arena.values;
  const fits = (card) => colorOf(card) === colorOf(match.top) || valueOf(card) === valueOf(match.top);
  const wrong = hand.findIndex((card) => !fits(card));
  if (wrong >= 0 && !known.has("refused")) {
    await refuses(page, `Digit${wrong + 1}`, "Play the same colour or the same value");
    known.add("refused");
  }
  const right = hand.findIndex(fits);
  await page.keyboard.press(right >= 0 ? `Digit${right + 1}` : "KeyD");
  known.add(right >= 0 ? "played" : "drew");
  const before = { top: match.top, turn: match.turn, cards: me.cards };
  await viewWhere(
    page,
    "(view, before) => view.match.top !== before.top || view.match.turn !== before.turn || view.me.cards !== before.cards",
    before,
  );
}

/** The game refuses what a key requests, and the page says why. */
async function refuses(page, key, reason) {
  await page.keyboard.press(key);
  await by(page, "status").getByText(reason).waitFor({ state: "attached" });
}

/** The list of scores has at most eight players, and the own one is among them. */
async function scoresAreShort(page) {
  const rows = by(page, "scores").locator("[data-player]");
  assert.ok((await rows.count()) <= 8, `${await rows.count()} rows`);
  assert.equal(await by(page, "scores").locator(".own").count(), 1);
}
