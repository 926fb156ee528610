// Validation of the server address, before any request.

/** The base URLs of the HTTP API and of the sockets, without a trailing slash. */
export interface BaseUrl {
  readonly http: string;
  readonly ws: string;
}

/** Parses a server address. @throws TypeError if it is not valid; the message says what to write instead. */
export function baseUrl(given: string): BaseUrl {
  const url = parse(given);
  const path = url.pathname.replace(/\/+$/, "");
  const http = `${url.protocol}//${url.host}${path}`;
  const instead = (protocol: string, rest: string) => new TypeError(wrong(given, `write ${protocol}//${url.host}${rest}`));
  if (url.protocol === "ws:") throw instead("http:", path);
  if (url.protocol === "wss:") throw instead("https:", path);
  if (path.endsWith("/app")) throw instead(url.protocol, path.slice(0, -"/app".length));
  if (path.endsWith("/lobby")) throw instead(url.protocol, path.slice(0, -"/lobby".length));
  if (url.search || url.hash || url.username || url.password) throw instead(url.protocol, path);
  return { http, ws: http.replace(/^http/, "ws") };
}

function parse(given: string): URL {
  const page = typeof location === "undefined" ? undefined : location.href;
  // In a browser, "" and "/" mean the server of the page, such as a development server with a proxy.
  const isRelative = page?.startsWith("http") && /^(\/(?!\/)|$)/.test(given);
  let url: URL | undefined;
  try {
    url = isRelative ? new URL(given || "/", page) : new URL(given);
  } catch {
    // The error is thrown below.
  }
  if (url && /^(https?|wss?):$/.test(url.protocol)) return url;
  const hasScheme = /^[a-z][a-z0-9+.-]*:\/\//i.test(given);
  throw new TypeError(wrong(given, hasScheme || !given ? "it begins with https:// or http://" : `write https://${given} or http://${given}`));
}

function wrong(given: string, hint: string): string {
  return `"${given}" is not the address of a Skirmish server: ${hint}`;
}
