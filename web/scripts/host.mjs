// Prepares demo/dist for a static host with the back end elsewhere. After the build:
// `BACKEND=https://play.example.org node scripts/host.mjs`. Writes `_redirects` and `_headers`, as Netlify and others read them.
import { readFile, writeFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";

const { origin, protocol, host, hostname } = new URL(process.env.BACKEND ?? "");
const sockets = `${protocol === "https:" ? "wss" : "ws"}://${host}`;
const file = (name) => fileURLToPath(new URL(`../demo/dist/${name}`, import.meta.url));

for (const page of ["index.html", "feedback.html"]) {
  const text = await readFile(file(page), "utf8");
  const plain = text.replace(/ *<meta name="backend"[^>]*>\n/, "");
  await writeFile(file(page), plain.replace("  </head>", `    <meta name="backend" content="${origin}" />\n  </head>`));
}

// The same paths as on the front door of the back end.
await writeFile(
  file("_redirects"),
  `/              /app            302
/app           /index.html     200
/app/*         /:splat         200
/feedback      /feedback.html  200
`,
);

const policy = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "media-src 'self'",
  "manifest-src 'self'",
  // WebTransport has a port of its own on each game server.
  `connect-src 'self' ${origin} ${sockets} https://${hostname}:*`,
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join("; ");
await writeFile(
  file("_headers"),
  `/*
  Cache-Control: no-cache
  Content-Security-Policy: ${policy}
  Cross-Origin-Opener-Policy: same-origin
  Permissions-Policy: camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()
  Referrer-Policy: strict-origin-when-cross-origin
  Strict-Transport-Security: max-age=63072000
  X-Content-Type-Options: nosniff
`,
);
