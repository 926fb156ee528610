// Helpers to use the game page in a headless Chromium.
import assert from "node:assert/strict";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { createInterface } from "node:readline";
import { chromium } from "playwright-core";

/** The timeout of every step; generous, because test machines are busy. */
const PATIENCE_MS = 30_000;

export async function browse(story) {
  // Root may not use Chromium's sandbox, and containers have a small /dev/shm.
  const args = ["--no-sandbox", "--disable-dev-shm-usage", ...trusted()];
  const browser = await chromium.launch({ executablePath: process.env.CHROMIUM, args });
  try {
    await story(browser);
  } finally {
    await browser.close();
  }
}

/** Trusts the deployment's own certificate: SSL_CERT_FILE. */
function trusted() {
  const file = process.env.SSL_CERT_FILE;
  if (file === undefined) return [];
  const key = new X509Certificate(readFileSync(file)).publicKey.export({ type: "spki", format: "der" });
  return [`--ignore-certificate-errors-spki-list=${createHash("sha256").update(key).digest("base64")}`];
}

/** A browser context: its tabs share storage. */
export async function person(browser, options = {}) {
  const context = await browser.newContext(options);
  context.setDefaultTimeout(PATIENCE_MS);
  return context;
}

export async function openTab(context, url) {
  const page = await context.newPage();
  page.problems = [];
  page.on("pageerror", (error) => page.problems.push(error.message));
  page.on("console", (message) => {
    // Chromium logs a response such as 409 as an error; the page handles it.
    const isAnswer = message.text().startsWith("Failed to load resource");
    // The same for a socket that is refused while a server is down.
    const isRefusal = /^(WebSocket connection to .* failed|Failed to establish a connection to )/.test(message.text());
    if (message.type() === "error" && !isAnswer && !isRefusal) page.problems.push(message.text());
  });
  await page.goto(url);
  return page;
}

export const by = (page, id) => page.getByTestId(id);
export const onScreen = (page, ...names) =>
  page.waitForFunction((names) => names.includes(document.body.dataset.screen), names);
export const view = (page) => page.evaluate(() => window.skirmish.view());
/** Waits until the drawn view satisfies the test, a function of the view and one more value; returns that view. */
export async function viewWhere(page, test, value) {
  // The page's security policy forbids evaluating strings in the page, so this polls.
  const source = `([value]) => { const view = window.skirmish.view(); return view && (${test})(view, value) ? view : undefined; }`;
  const deadline = Date.now() + PATIENCE_MS;
  for (;;) {
    const found = await page.evaluate(`(${source})([${JSON.stringify(value ?? null)}])`);
    if (found) return found;
    if (Date.now() > deadline) throw new Error(`never drawn: ${test} of ${JSON.stringify(value)}, but ${JSON.stringify(await view(page))}`);
    await nextFrame(page);
  }
}

export const nextFrame = (page) => page.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => resolve())));

export async function pressPlay(page, name, color) {
  await by(page, "name").fill(name);
  // Not by its place on the screen, which may still change: the input lies behind its swatch.
  if (color !== undefined) await by(page, "colors").locator("input").nth(color).dispatchEvent("click");
  await by(page, "play").click();
}

export async function intoMatch(page) {
  await onScreen(page, "match");
  return viewWhere(page, "(view) => view.running && view.me && view.me.alive");
}

/** Requests an action on the system from the parent process, and waits until it is done. */
export async function please(...words) {
  process.stdout.write(`please ${words.join(" ")}\n`);
  const { value } = await answers.next();
  assert.equal(value, "done", words.join(" "));
}

const answers = createInterface({ input: process.stdin })[Symbol.asyncIterator]();

/** The relays that the page has connected to over either transport, in order. */
export async function relaysOf(page) {
  const relays = [];
  const note = (url) => {
    const [, relay] = /\/game\/([^?]+)/.exec(url) ?? [];
    if (relay) relays.push(relay);
  };
  page.on("websocket", (socket) => note(socket.url()));
  const devtools = await page.context().newCDPSession(page);
  devtools.on("Network.webTransportCreated", ({ url }) => note(url));
  await devtools.send("Network.enable");
  return relays;
}

export function noProblems(...pages) {
  for (const page of pages) assert.deepEqual(page.problems, []);
}
