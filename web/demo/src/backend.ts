// The address of the back end: the origin of the page, or the one set by web/scripts/host.mjs.

export function backend(): string {
  const named = document.querySelector<HTMLMetaElement>("meta[name=backend]")?.content;
  return named || location.origin;
}
