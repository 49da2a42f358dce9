// JupyterLab, driven by a browser as a person would: open, Run All Cells, look. Skipped by name where Chromium or JupyterLab is missing.
import { copyFileSync, existsSync } from "node:fs";
import { join } from "node:path";
import type { Browser, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { findJupyter, type Lab, startLab } from "../../kernel-lib/src/notebook/index.js";
import { findChromium, launchChromium } from "../../kernel-lib/src/report/index.js";
import { InputError, projectRoot } from "../../kernel-lib/src/runtime/index.js";
import { builtNotebookRoom, builtReportRoom, scratchFolder, writeNotebook } from "./example-notebook.js";

const chromium = findChromium();
const jupyter = findJupyter();
const missing = [chromium ? "" : "Chromium", jupyter ? "" : "JupyterLab"].filter(Boolean).join(" and ");
const quickstart = join(projectRoot(), "notebooks", "00-quickstart.ipynb");

/** A menu's item by its command. */
async function choose(page: Page, menu: string, command: string): Promise<void> {
  await page.locator(".lm-MenuBar-itemLabel", { hasText: new RegExp(`^${menu}$`) }).click();
  await page.locator(`.lm-Menu-item[data-command="${command}"]`).click();
}

const prompts = (page: Page): Promise<string[]> => page.locator(".jp-Notebook .jp-CodeCell .jp-InputPrompt").allTextContents();

/** Opens the notebook at the lab's URL, clears its outputs and counts, runs all cells and waits until none is waiting. */
async function runAllCells(page: Page, url: string, limit: number): Promise<void> {
  await page.goto(url, { waitUntil: "domcontentloaded" });
  await page.locator(".jp-Notebook .jp-CodeCell").first().waitFor({ timeout: 60_000 });
  await page.locator(".jp-Notebook-ExecutionIndicator[data-status=idle]").waitFor({ timeout: 60_000 });
  await choose(page, "Edit", "editmenu:clear-all");
  // The indicator says idle before the kernel has connected too, and what is run then is dropped: run until a cell has begun.
  await expect
    .poll(
      async () => {
        await choose(page, "Run", "runmenu:run-all");
        await page.waitForTimeout(2_000);
        return (await prompts(page)).some((prompt) => /\[[*\d]/.test(prompt));
      },
      { timeout: 40_000 },
    )
    .toBe(true);
  // All cells wait as [*] from the start; after one that failed the others go back to [ ].
  await expect
    .poll(async () => (await prompts(page)).some((prompt) => prompt.includes("*")), { timeout: limit, interval: 500 })
    .toBe(false);
}

describe.skipIf(missing !== "")(`JupyterLab in a browser${missing && ` (skipped: no ${missing})`}`, () => {
  let browser: Browser;
  beforeAll(async () => {
    browser = await launchChromium(chromium!);
  });
  afterAll(() => browser?.close());

  async function drive(options: {
    directory?: string;
    notebook: string;
    limit: number;
  }): Promise<{ figures: number; prompts: string[]; errors: string[]; text: string | null }> {
    const lab: Lab = await startLab({ ...options, env: { SELFSPEC_SIZE: "smoke" } });
    // Windowing would keep cells out of sight out of the page: a tall window shows all of them.
    const page = await browser.newPage({ viewport: { width: 1400, height: 12_000 } });
    try {
      await runAllCells(page, lab.url, options.limit);
      // JupyterLab's extension shows the picture that came with a figure until the pointer enters it.
      const figures = await page.locator(".jp-RenderedPlotly").count();
      for (let index = 0; index < figures; index++) {
        const figure = page.locator(".jp-RenderedPlotly").nth(index);
        await figure.locator("img.plot-img").dispatchEvent("mouseenter");
        await figure.locator(".main-svg").first().waitFor({ timeout: 30_000 });
      }
      return {
        figures,
        prompts: await prompts(page),
        errors: await page
          .locator(
            '.jp-OutputArea [data-mime-type="application/vnd.jupyter.error"], .jp-OutputArea [data-mime-type="application/vnd.jupyter.stderr"]',
          )
          .allTextContents(),
        text: await page.locator(".jp-Notebook").textContent(),
      };
    } finally {
      await page.close();
      await lab.stop();
    }
  }

  it("runs a notebook with this checkout's kernel, draws its figure and changes an output in place", async () => {
    const directory = scratchFolder();
    const first = `import { show, showFigure, showProgress } from "${builtNotebookRoom}";\nimport { lossCurve } from "${builtReportRoom}";`;
    const points =
      "Array.from({ length: 20 }, (_, i) => ({ step: i + 1, loss: 3 / (i + 1), learningRate: 1, tokensPerSecond: 1 }))";
    writeNotebook(
      [
        `${first}\nshow([{ word: "specialised" }]);`,
        'const onProgress = showProgress();\nonProgress({ stage: "first", state: "started", seconds: 0 });\nonProgress({ stage: "second", state: "finished", seconds: 1 });',
        `await showFigure(lossCurve([{ system: "base", points: ${points} }]), { name: "lab-test" });`,
      ],
      directory,
    );
    const seen = await drive({ directory, notebook: "example.ipynb", limit: 90_000 });
    expect(seen.errors).toEqual([]);
    expect(seen.prompts.every((prompt) => /\[\d+\]/.test(prompt))).toBe(true);
    expect(seen.figures).toBe(1);
    expect(seen.text).toContain("specialised");
    expect(seen.text).toMatch(/first[\s\S]*second/);
  }, 180_000);

  it.skipIf(!existsSync(quickstart))(
    "runs the quickstart at its smoke size without an error and draws its figures",
    async () => {
      // A copy: JupyterLab saves what it has open.
      const directory = scratchFolder();
      copyFileSync(quickstart, join(directory, "00-quickstart.ipynb"));
      const seen = await drive({ directory, notebook: "00-quickstart.ipynb", limit: 400_000 });
      expect(seen.errors).toEqual([]);
      expect(seen.prompts.every((prompt) => /\[\d+\]/.test(prompt))).toBe(true);
      expect(seen.figures).toBeGreaterThanOrEqual(3);
    },
    480_000,
  );

  it("refuses a port in use with one line", async () => {
    const lab = await startLab({ directory: scratchFolder() });
    const port = Number(new URL(lab.url).port);
    await expect(startLab({ port })).rejects.toThrow(InputError);
    await lab.stop();
  }, 90_000);
});
