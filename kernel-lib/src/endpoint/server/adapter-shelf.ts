// The LoRA adapters of one context: which is active, and those to be freed once nothing runs under them.
import { InputError } from "../../runtime/index.js";
import type { NativeHandles, NativeLora } from "./native-context.js";

export interface AdapterShelf {
  readonly active: string | undefined;
  load(name: string, path: string): Promise<void>;
  /** Takes it off the shelf; {@link freeRetired} frees it. */
  retire(name: string): void;
  /** @throws InputError when it was unloaded. */
  activate(name: string | undefined): void;
  /** Frees what was retired and is not `inUse`; called between two batches. Resolves with the freed names. */
  freeRetired(inUse: (name: string) => boolean): Promise<string[]>;
}

export function createAdapterShelf(native: NativeHandles): AdapterShelf {
  const loaded = new Map<string, NativeLora>();
  let retired: { name: string; lora: NativeLora }[] = [];
  let active: string | undefined;

  function activate(name: string | undefined): void {
    if (name === active) return;
    const lora = name === undefined ? undefined : (loaded.get(name) ?? retired.find((entry) => entry.name === name)?.lora);
    if (name !== undefined && !lora) throw new InputError({ got: `adapter ${name} was unloaded`, todo: "load it again" });
    native.context.setLoras(lora ? [lora] : [], lora ? [1] : []);
    active = name;
  }

  return {
    get active() {
      return active;
    },
    async load(name, path) {
      loaded.set(name, await native.loadLora(path));
    },
    retire(name) {
      const lora = loaded.get(name);
      if (lora) retired.push({ name, lora });
      loaded.delete(name);
    },
    activate,
    async freeRetired(inUse) {
      const idle = retired.filter(({ name }) => !inUse(name));
      retired = retired.filter(({ name }) => inUse(name));
      for (const { name, lora } of idle) {
        if (active === name) activate(undefined);
        await lora.dispose();
      }
      return idle.map(({ name }) => name);
    },
  };
}
