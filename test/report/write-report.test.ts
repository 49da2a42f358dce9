import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { JSDOM } from "jsdom";
import { beforeAll, describe, expect, it } from "vitest";
import { type WrittenReport, writeReport } from "../../kernel-lib/src/report/index.js";
import { exampleRun } from "./example-run.js";

describe("a run's report", () => {
  let report: WrittenReport;
  let html: string;
  let markdown: string;
  beforeAll(async () => {
    report = await writeReport({ directory: mkdtempSync(join(tmpdir(), "report-")), input: exampleRun });
    html = readFileSync(report.html, "utf8");
    markdown = readFileSync(report.markdown, "utf8");
  });

  it("is one page with six inlined figures and nothing to fetch", () => {
    const { window } = new JSDOM(html, { runScripts: "outside-only", pretendToBeVisual: true });
    expect(window.document.querySelectorAll("figure > svg")).toHaveLength(6);
    expect(window.document.querySelectorAll("script, link, img, iframe")).toHaveLength(0);
    expect(html).not.toMatch(/(?:src|href)="https?:|url\(["']?https?:/);
  });

  it("gives every id once, though it holds several drawings", () => {
    const ids = [...html.matchAll(/\sid="([^"]+)"/g)].map((match) => match[1]);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it("shows ten kept rows, five rejected ones, times, configuration and deviations in both forms", () => {
    for (const text of [html, markdown]) {
      expect(text).toContain("The first 10 of 12 kept rows");
      expect(text).toContain("5 of 7 rejected rows");
      expect(text).toContain("4 min 39 s");
      expect(text).toMatch(/temperature(&#34;|"): 0\.7/);
      expect(text).toContain("Differs from the paper");
    }
  });

  it("escapes what the model wrote", () => {
    expect(html).not.toContain("<genes>");
    expect(markdown).toContain("\\<genes\\>");
  });

  it("leaves every number in results.json", () => {
    const results = JSON.parse(readFileSync(report.results, "utf8"));
    expect(results.scores).toEqual(exampleRun.scores);
    expect(results.differences).toEqual(exampleRun.differences);
  });

  it("links its figures from Markdown by relative path", () => {
    expect(markdown).toContain("![loss-curve](figures/loss-curve.png)");
  });
});
