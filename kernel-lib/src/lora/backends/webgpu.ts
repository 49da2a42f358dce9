// Loads the WebGPU backend of tfjs on Dawn, the WebGPU implementation of Chromium, as the npm package `webgpu` builds it for Node.
// tfjs asks the browser for an adapter; here the adapter is chosen first, so that a software one is never taken unasked.
import * as tf from "@tensorflow/tfjs-core";
import { findSoftwareGpu, hasVulkan, offerSoftwareGpu } from "./webgpu-software.js";

interface Limits {
  readonly [name: string]: number | undefined;
}

interface Adapter {
  readonly info: { readonly vendor: string; readonly architecture: string; readonly description: string } & {
    readonly isFallbackAdapter?: boolean;
  };
  readonly limits: Limits;
  readonly features: ReadonlySet<string>;
  requestDevice(wanted: { requiredLimits: Record<string, number>; requiredFeatures: string[] }): Promise<object>;
}

interface Gpu {
  requestAdapter(options: { powerPreference: "high-performance" }): Promise<Adapter | null>;
}

interface Dawn {
  create(options: string[]): Gpu;
  globals: object;
}

export interface WebgpuDevice {
  /** As its driver names it. */
  adapter: string;
  /** Computed on the processor: correct and very slow. */
  software: boolean;
}

/** The limits that tfjs's kernels plan with; a device has only the defaults of the specification unless it is asked for more. */
const limitsOfTfjs = [
  "maxBufferSize",
  "maxStorageBufferBindingSize",
  "maxComputeWorkgroupsPerDimension",
  "maxComputeWorkgroupSizeX",
  "maxComputeInvocationsPerWorkgroup",
  "maxComputeWorkgroupStorageSize",
];

const nameOf = ({ info }: Adapter): string => info.description || [info.vendor, info.architecture].filter(Boolean).join(" ");

/** Everything that Dawn made dies with the object that made it, devices in use too. */
const keptAlive: Gpu[] = [];

async function findAdapter(dawn: Dawn, software: boolean): Promise<Adapter> {
  const look = async (possible: boolean): Promise<Adapter | null> => {
    if (!possible) return null;
    const gpu = dawn.create([]);
    keptAlive.push(gpu);
    return gpu.requestAdapter({ powerPreference: "high-performance" });
  };
  const vulkan = hasVulkan(); // asked first, because Dawn complains on stderr
  const adapter = (await look(vulkan)) ?? (await look(software && offerSoftwareGpu()));
  const lack = vulkan ? "no GPU with a driver for WebGPU" : "no Vulkan loader (libvulkan.so.1), and so no GPU";
  const offer = findSoftwareGpu() ? "; one in software (SwiftShader) is taken when webgpu is asked for by name" : "";
  if (!adapter) throw new Error(`${lack}${offer}`);
  if (adapter.info.isFallbackAdapter && !software) throw new Error(`only a software adapter (${nameOf(adapter)})`);
  return adapter;
}

/** tfjs checks for `navigator.gpu` as it makes a backend, and nowhere else: other packages would take it for a browser. */
function withNavigator<T>(make: () => T): T {
  const before = Object.getOwnPropertyDescriptor(globalThis, "navigator");
  Object.defineProperty(globalThis, "navigator", { value: { gpu: {} }, configurable: true });
  try {
    return make();
  } finally {
    if (before) Object.defineProperty(globalThis, "navigator", before);
    else Reflect.deleteProperty(globalThis, "navigator");
  }
}

/**
 * Registers tfjs's backend "webgpu" on the best adapter here and makes it current.
 * @param software Take a software adapter (SwiftShader, llvmpipe) where there is no other.
 * @throws Error with the reason in one line.
 */
export async function openWebgpu({ software }: { software: boolean }): Promise<WebgpuDevice> {
  const dawn = (await import("webgpu")) as unknown as Dawn;
  const adapter = await findAdapter(dawn, software);
  const requiredLimits = Object.fromEntries(limitsOfTfjs.map((name) => [name, adapter.limits[name]!]));
  const device = await adapter.requestDevice({ requiredLimits, requiredFeatures: [] });
  Object.assign(globalThis, dawn.globals); // GPUBufferUsage and its like, which tfjs's kernels name
  const { WebGPUBackend } = await import("@tensorflow/tfjs-backend-webgpu");
  const arguments_ = [device, adapter.info] as unknown as ConstructorParameters<typeof WebGPUBackend>;
  const backend = withNavigator(() => new WebGPUBackend(...arguments_));
  tf.registerBackend("webgpu", () => backend);
  if (!(await tf.setBackend("webgpu"))) throw new Error("tfjs could not start its webgpu backend");
  return { adapter: nameOf(adapter), software: adapter.info.isFallbackAdapter === true };
}
