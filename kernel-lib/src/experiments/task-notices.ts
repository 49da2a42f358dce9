// What a reader of a task's scores has to know of the asking: one line for all systems of which the same is to be told.
export interface TaskNotices {
  /** Nothing is told of an empty line. */
  tell(line: string, system: string): void;
  /** "TAT-QA (base, seeds-only): 3 questions without an answer". */
  lines(): string[];
}

export function taskNotices({ title }: { title: string }): TaskNotices {
  const told = new Map<string, string[]>();
  return {
    tell(line, system) {
      if (line !== "") told.set(line, [...(told.get(line) ?? []), system]);
    },
    lines: () => [...told].map(([line, systems]) => `${title} (${systems.join(", ")}): ${line}`),
  };
}
