// The preview image of the page: absolute addresses, or none.
import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";
import { withPreview } from "../../scripts/preview.mjs";

const PAGE = await readFile(new URL("../static/index.html", import.meta.url), "utf8");
const SITE = "https://play.example.org";

/** The addresses in the page's Open Graph tags. */
function addresses(html) {
  return [...html.matchAll(/<meta property="og:(url|image)" content="([^"]*)" \/>/g)].map(([, name, address]) => [name, address]);
}

test("a build with the site's address has an absolute address of the preview image", () => {
  for (const site of [SITE, `${SITE}/`, `${SITE}/app`]) {
    const found = addresses(withPreview(PAGE, site));
    assert.deepEqual(found, [["url", `${SITE}/app`], ["image", `${SITE}/app/og.png`]], site);
  }
});

test("a build without the site's address has no preview image", () => {
  const html = withPreview(PAGE, undefined);
  assert.deepEqual(addresses(html), []);
  assert.doesNotMatch(html, /SITE_URL|twitter:card/);
});

test("a site's address that is not an http address is refused", () => {
  for (const site of ["play.example.org", "ftp://play.example.org"]) {
    assert.throws(() => withPreview(PAGE, site), /SITE_URL is not an http address/, site);
  }
});
