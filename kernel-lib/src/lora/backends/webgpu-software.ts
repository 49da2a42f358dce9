// A GPU in software: SwiftShader, the Vulkan driver that every Chromium brings. It lets a machine without a GPU compute, correctly and
// very slowly, what the WebGPU backend computes on a real one.
import { existsSync } from "node:fs";
import { constants } from "node:os";
import { dirname, join } from "node:path";

/** glibc's RTLD_NODELETE, which Node does not name: the library stays when Node finds that it is not an addon and closes it. */
const keepLoaded = 0x1000;

const folders = (): string[] => [
  ...(process.env.SELFSPEC_CHROMIUM ? [dirname(process.env.SELFSPEC_CHROMIUM)] : []),
  "/usr/lib/chromium",
  "/usr/lib/chromium-browser",
  "/opt/google/chrome",
];

/** The folder of a Chromium that has SwiftShader and a Vulkan loader, or undefined. */
export function findSoftwareGpu(): string | undefined {
  const needed = ["libvk_swiftshader.so", "vk_swiftshader_icd.json", "libvulkan.so.1"];
  return folders().find((folder) => needed.every((file) => existsSync(join(folder, file))));
}

/** Loads a shared library for good; says whether it is there. Node means it for addons, and complains that this is none. */
function loadForGood(library: string): boolean {
  try {
    process.dlopen({ exports: {} }, library, constants.dlopen.RTLD_NOW | keepLoaded);
    return true;
  } catch (error) {
    return error instanceof Error && error.message.includes("did not self-register");
  }
}

/** Whether Dawn will find Vulkan's loader; elsewhere than on Linux the system's own Metal or Direct3D takes its place. */
export const hasVulkan = (): boolean => process.platform !== "linux" || loadForGood("libvulkan.so.1");

/** Shows SwiftShader to the Vulkan loader, unless the user chose drivers; says whether there is one to show. */
export function offerSoftwareGpu(): boolean {
  const folder = findSoftwareGpu();
  if (!folder || process.env.VK_DRIVER_FILES) return false;
  process.env.VK_DRIVER_FILES = join(folder, "vk_swiftshader_icd.json");
  return hasVulkan() || loadForGood(join(folder, "libvulkan.so.1"));
}
