// The Open Graph tags of the preview image. Most readers of these tags ignore a relative address, so the page has the tags only
// if the build knows the address of the site: SITE_URL=https://play.example.org.

const COMMENT = / *<!-- With SITE_URL, .* -->\n/;

/** Returns the page `html` with the tags if `site` is set, and without the comment that marks their place. */
export function withPreview(html, site) {
  if (!COMMENT.test(html)) throw new Error("index.html has no place for the preview image");
  return html.replace(COMMENT, site ? tags(originOf(site)) : "");
}

function originOf(site) {
  const url = URL.canParse(site) ? new URL(site) : undefined;
  if (url?.protocol !== "https:" && url?.protocol !== "http:") throw new Error(`SITE_URL is not an http address: ${site}`);
  return url.origin;
}

function tags(origin) {
  const properties = {
    url: `${origin}/app`,
    image: `${origin}/app/og.png`,
    "image:width": "1200",
    "image:height": "630",
    "image:alt": "Players and their shots in the arena of Skirmish",
  };
  const lines = Object.entries(properties).map(([name, content]) => `    <meta property="og:${name}" content="${content}" />\n`);
  return `${lines.join("")}    <meta name="twitter:card" content="summary_large_image" />\n`;
}
