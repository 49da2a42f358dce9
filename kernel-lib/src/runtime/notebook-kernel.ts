// Whether this process is a notebook kernel: long jobs then run in a child process, so that the kernel stays alive and answers.

/** True inside tslab, or wherever SELFSPEC_IN_NOTEBOOK=1 says so. */
export const insideNotebook = (): boolean =>
  process.env.SELFSPEC_IN_NOTEBOOK === "1" || /[\\/]tslab(\.js)?$|[\\/]tslab[\\/]/.test(process.argv[1] ?? "");
