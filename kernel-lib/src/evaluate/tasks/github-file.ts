// Pins a file of a public GitHub repository: one commit, one checksum, the address of its raw bytes.
import type { BenchmarkFile, BenchmarkTask } from "./task.js";

type Repository = Pick<BenchmarkTask["source"], "repository" | "commit">;

export function githubFile(
  { repository, commit }: Repository,
  file: Omit<BenchmarkFile, "url"> & { /** Inside the repository. */ path: string },
): BenchmarkFile {
  const { path, ...rest } = file;
  return { ...rest, url: `https://raw.githubusercontent.com/${repository}/${commit}/${path}` };
}
