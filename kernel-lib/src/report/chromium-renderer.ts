// Plotly in a page of headless Chromium. PNGs are equal from run to run; SVGs differ only in their random ids.
import { launchChromium } from "./chromium.js";
import type { Figure } from "./figure.js";
import { type PlotlyDrawer, plotlySourcePath } from "./plotly-source.js";
import type { Renderer } from "./renderer.js";

const fromDataUri = (uri: string): Buffer => {
  const [head, body] = [uri.slice(0, uri.indexOf(",")), uri.slice(uri.indexOf(",") + 1)];
  return head.endsWith(";base64") ? Buffer.from(body, "base64") : Buffer.from(decodeURIComponent(body));
};

export async function openChromiumRenderer(executablePath: string): Promise<Renderer> {
  const browser = await launchChromium(executablePath);
  const page = await browser.newPage();
  await page.setContent("<!doctype html><meta charset=utf-8><body style='margin:0'><div id=figure></div>");
  await page.addScriptTag({ path: plotlySourcePath() });
  const image = (figure: Figure, format: "svg" | "png", scale: number): Promise<string> =>
    page.evaluate(
      async ({ json, format, scale, width, height }) => {
        await document.fonts.ready;
        const { Plotly } = globalThis as unknown as { Plotly: PlotlyDrawer };
        return Plotly.toImage(JSON.parse(json), { format, width, height, scale });
      },
      {
        json: JSON.stringify({ data: figure.data, layout: figure.layout }),
        format,
        scale,
        width: Number(figure.layout.width),
        height: Number(figure.layout.height),
      },
    );
  return {
    name: "chromium",
    async draw(figure, pngScale) {
      const svg = fromDataUri(await image(figure, "svg", 1)).toString("utf8");
      return { svg, png: fromDataUri(await image(figure, "png", pngScale)) };
    },
    close: () => browser.close(),
  };
}
