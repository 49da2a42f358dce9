// Figures in a cell: interactive where the viewer knows Plotly (JupyterLab with its extension, VS Code), a picture everywhere else.
// No HTML in the bundle: viewers that prefer it would hide the picture.
import { relative, sep } from "node:path";
import { type Figure, renderFigure } from "../report/index.js";
import { homeDirectory, projectRoot } from "../runtime/index.js";
import { display } from "./display.js";

/**
 * Draws a figure, keeps its files and shows it.
 * @param options.name kebab-case; names the files.
 * @param options.directory where they go, the picture at twice the size for print; default `.selfspec/figures`.
 */
export async function showFigure(figure: Figure, options: { name: string; directory?: string }): Promise<void> {
  const { name, directory } = options;
  if (directory !== undefined) await renderFigure({ name, figure, directory });
  // One pixel a CSS pixel: a notebook with five figures stays well under a megabyte.
  const drawn = await renderFigure({ name, figure, directory: homeDirectory("figures"), pngScale: 1 });
  const path = relative(projectRoot(), drawn.files.svg).split(sep).join("/");
  const place = path.startsWith("..") ? `${name}.svg` : path;
  display(
    {
      "application/vnd.plotly.v1+json": { data: drawn.figure.data, layout: drawn.figure.layout, config: { responsive: true } },
      "image/png": Buffer.from(drawn.png).toString("base64"),
      "text/plain": `Figure ${options.name} (${drawn.renderer}): ${place}`,
    },
    { "image/png": { width: Number(figure.layout.width), height: Number(figure.layout.height) } },
  );
}
