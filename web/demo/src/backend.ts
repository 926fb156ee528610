// Where the back end is: beside the page, or where a page that is hosted elsewhere says (web/scripts/host.mjs).

export function backend(): string {
  const named = document.querySelector<HTMLMetaElement>("meta[name=backend]")?.content;
  return named || location.origin;
}
