// The QR code of a room's link, as a path of dark modules.
import assert from "node:assert/strict";
import { test } from "node:test";
import { load } from "./load.mjs";

const { qrPath } = await load("qr-code");
const BORDER = 4;
const FINDER = ["#######", "#     #", "# ### #", "# ### #", "# ### #", "#     #", "#######"];

/** The picture of a path, row by row. */
function picture({ path, size }) {
  const rows = Array.from({ length: size }, () => Array(size).fill(" "));
  for (const [, x, y, width, back] of path.matchAll(/M(\d+) (\d+)h(\d+)v1h-(\d+)z/g)) {
    assert.equal(width, back);
    for (let at = 0; at < Number(width); at++) rows[Number(y)][Number(x) + at] = "#";
  }
  return rows.map((row) => row.join(""));
}

test("the code of a link has three finders, a light border, and modules that a phone camera can distinguish", () => {
  const code = qrPath("https://play.example.org/app?room=BCD-FGH");
  const rows = picture(code);
  const inner = code.size - 2 * BORDER;
  assert(inner <= 33, `${inner} modules`);
  const square = (x, y) => rows.slice(y, y + 7).map((row) => row.slice(x, x + 7));
  const far = code.size - BORDER - 7;
  for (const [x, y] of [[BORDER, BORDER], [far, BORDER], [BORDER, far]]) assert.deepEqual(square(x, y), FINDER);
  for (const [at, row] of rows.entries()) {
    const isBorder = at < BORDER || at >= code.size - BORDER;
    assert.match(row, isBorder ? /^ *$/ : /^ {4}.* {4}$/);
  }
});

test("two codes have two pictures", () => {
  assert.notEqual(qrPath("/app?room=BCD-FGH").path, qrPath("/app?room=BCD-FGJ").path);
});
