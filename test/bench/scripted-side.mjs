// A training child that trains nothing: answers as the protocol wants, or fails as its argument says.
import { createInterface } from "node:readline";

const [fate] = process.argv.slice(2);
const tell = (line) => process.stdout.write(`${JSON.stringify(line)}\n`);
let asked = 0;
for await (const line of createInterface({ input: process.stdin })) {
  const { steps } = JSON.parse(line);
  if (asked++ === 0) {
    if (fate === "refuse") {
      tell({ error: "no usable backend", exitCode: 2 });
      process.exit(2);
    }
    tell({ ready: { weightBytes: 8, parameters: 2, note: fate } });
    continue;
  }
  if (fate === "die" && asked === 3) process.kill(process.pid, "SIGKILL");
  if (fate === "crash" && asked === 3) throw new Error("the library is broken");
  for (let step = 0; step < steps; step++) tell({ step: { seconds: 0.5, loss: 4 - asked / 10 } });
  tell({ done: true });
}
