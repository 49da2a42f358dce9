// Plotly in jsdom, pixels by resvg: draws bars, lines, points and histograms with no browser on the machine. jsdom lays nothing out, so
// text is measured by an average glyph width: legends and margins come out a little wider than in a browser.
import { readFileSync } from "node:fs";
import { RunError } from "../runtime/index.js";
import { type Figure, fontFamily } from "./figure.js";
import { type PlotlyDrawer, plotlySourcePath } from "./plotly-source.js";
import type { Renderer } from "./renderer.js";

const drawable = ["scatter", "bar", "histogram", "box"];
/** Mean advance of Liberation Sans's lower case, in em. */
const meanGlyphWidth = 0.53;

function refuseUndrawable(figure: Figure): void {
  const bad = figure.data.map((trace) => String(trace.type ?? "scatter")).find((type) => !drawable.includes(type));
  if (bad !== undefined)
    throw new RunError({
      got: `a figure with a "${bad}" trace and no Chromium`,
      allowed: `${drawable.join(", ")} without one`,
      todo: "install Chromium (apt-get install chromium) or set SELFSPEC_CHROMIUM",
    });
}

function measure(element: Element, styleOf: (element: Element) => CSSStyleDeclaration): { width: number; height: number } {
  const lines = element.querySelectorAll("tspan.line");
  const texts = lines.length > 0 ? Array.from(lines, (line) => line.textContent ?? "") : [element.textContent ?? ""];
  const size = Number.parseFloat(styleOf(element).fontSize) || 13;
  return { width: Math.max(...texts.map((text) => text.length)) * size * meanGlyphWidth, height: texts.length * size * 1.3 };
}

export async function openJsdomRenderer(): Promise<Renderer> {
  const [{ JSDOM }, { Resvg }] = await Promise.all([import("jsdom"), import("@resvg/resvg-js")]);
  const dom = new JSDOM("<!doctype html><body><div id=figure></div>", { runScripts: "outside-only", pretendToBeVisual: true });
  const { window } = dom;
  const box = (element: Element) => {
    const style = window.getComputedStyle(element);
    const { width, height } = measure(element, (node) => window.getComputedStyle(node));
    const anchor = element.getAttribute("text-anchor") ?? style.getPropertyValue("text-anchor");
    const left = Number(element.getAttribute("x") ?? 0) - (anchor === "middle" ? width / 2 : anchor === "end" ? width : 0);
    const top = Number(element.getAttribute("y") ?? 0) - height * 0.8;
    return { x: left, y: top, width, height, top, left, right: left + width, bottom: top + height, toJSON: () => ({}) };
  };
  window.URL.createObjectURL = () => "blob:";
  window.HTMLCanvasElement.prototype.getContext = () => null;
  Object.assign(window.SVGElement.prototype, {
    getBBox(this: Element) {
      return box(this);
    },
    getComputedTextLength(this: Element) {
      return box(this).width;
    },
    getBoundingClientRect(this: Element) {
      return box(this);
    },
  });
  window.eval(readFileSync(plotlySourcePath(), "utf8"));
  const plotly = window.Plotly as PlotlyDrawer;
  return {
    name: "jsdom+resvg",
    async draw(figure, pngScale) {
      refuseUndrawable(figure);
      // An axis title's standoff is measured from the drawn tick labels, which jsdom does not lay out: Plotly's own distance serves here.
      const json = JSON.stringify({ data: figure.data, layout: figure.layout }, (key, value) =>
        key === "standoff" ? undefined : value,
      );
      const uri = await plotly.toImage(JSON.parse(json), {
        format: "svg",
        width: Number(figure.layout.width),
        height: Number(figure.layout.height),
      });
      const svg = decodeURIComponent(uri.slice(uri.indexOf(",") + 1));
      const font = { loadSystemFonts: true, defaultFontFamily: fontFamily.split(",")[0]! };
      const png = new Resvg(svg, { font, fitTo: { mode: "zoom", value: pngScale }, background: "#ffffff" }).render().asPng();
      return { svg, png };
    },
    close: async () => window.close(),
  };
}
