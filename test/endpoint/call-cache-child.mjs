// A process that shares a call cache with the test: writes its own calls one by one, tells of each once it is kept, and waits for the other's.
import { openCallCache } from "../../kernel-lib/dist/endpoint/index.js";
import { sha256 } from "../../kernel-lib/dist/runtime/index.js";

const [directory, own, other, count] = process.argv.slice(2);
const cache = openCallCache({ directory });
const answerer = { fingerprint: `server of ${own}`, model: own, base: own, concurrency: 1 };
const record = { answerer: sha256(answerer.fingerprint).slice(0, 16), date: "2026-01-01T00:00:00.000Z", finishReason: "stop" };

for (let i = 0; i < Number(count); i++) {
  const usage = { promptTokens: i, completionTokens: 1 };
  await cache.put(sha256(`${own} ${i}`), { ...record, text: `${own} ${i}`, usage, latencyMs: 1 }, answerer);
  process.stdout.write(`${i}\n`);
  while (other !== "nobody" && cache.get(sha256(`${other} ${i}`)) === undefined) await new Promise(setImmediate);
}
await cache.close();
