// A QR code as an SVG.
import { encode } from "uqr";

/** The light border that readers need, in modules. */
const BORDER = 4;
const SVG = "http://www.w3.org/2000/svg";

/** Draws a text as a QR code that is dark on light: many readers see no other. */
export function qrCode(text: string, label: string): SVGElement {
  const { path, size } = qrPath(text);
  const svg = document.createElementNS(SVG, "svg");
  const attributes = { viewBox: `0 0 ${size} ${size}`, role: "img", "aria-label": label, "shape-rendering": "crispEdges" };
  for (const [name, value] of Object.entries(attributes)) svg.setAttribute(name, value);
  const dark = document.createElementNS(SVG, "path");
  dark.setAttribute("d", path);
  svg.append(dark);
  return svg;
}

/** The dark modules as an SVG path, one rectangle for each run in a row; and the width with the border, in modules. */
export function qrPath(text: string): { readonly path: string; readonly size: number } {
  const { data, size } = encode(text, { ecc: "M", border: BORDER });
  let path = "";
  data.forEach((row, y) => {
    for (let x = 0; x < size; x++) {
      const start = x;
      while (row[x]) x++;
      if (x > start) path += `M${start} ${y}h${x - start}v1h${start - x}z`;
    }
  });
  return { path, size };
}
