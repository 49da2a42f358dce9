// The PyPI files that hold TensorFlow's libraries, each pinned by its sum: for processors, or for CUDA devices together with NVIDIA's own
// libraries, as the extra `and-cuda` of that TensorFlow asks for them (all but the compiler nvcc, which no operation calls).

export interface Wheel {
  /** What pip is asked for. */
  requirement: string;
  file: string;
  sha256: string;
  bytes: number;
}

export interface TensorflowBuild {
  id: "cpu" | "gpu";
  /** Below `tensorflow/` in the cache. */
  folder: string;
  title: string;
  /** What is there once it is built, for `doctor`. */
  detail: string;
  /** TensorFlow itself comes first. */
  wheels: readonly Wheel[];
  /** Megabytes on disk when unpacked. */
  unpackedMegabytes: number;
}

const version = "2.21.0";

const nvidia = (name: string, release: string, tags: string, bytes: number, sha256: string): Wheel => ({
  requirement: `nvidia-${name}-cu12==${release}`,
  file: `nvidia_${name.replaceAll("-", "_")}_cu12-${release}-py3-none-${tags}.whl`,
  sha256,
  bytes,
});

const glibc217 = "manylinux2014_x86_64.manylinux_2_17_x86_64";
const glibc212 = "manylinux2010_x86_64.manylinux_2_12_x86_64";
const glibc227 = "manylinux_2_27_x86_64";

export const tensorflowBuilds: Record<TensorflowBuild["id"], TensorflowBuild> = {
  cpu: {
    id: "cpu",
    folder: version,
    title: `TensorFlow ${version} libraries and the tfjs-node-gpu addon`,
    detail: `TensorFlow ${version} for processors`,
    unpackedMegabytes: 853,
    wheels: [
      {
        requirement: `tensorflow-cpu==${version}`,
        file: `tensorflow_cpu-${version}-cp311-cp311-${glibc227}.whl`,
        sha256: "2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c",
        bytes: 274_000_000,
      },
    ],
  },
  gpu: {
    id: "gpu",
    folder: `${version}-gpu`,
    title: `TensorFlow ${version} for CUDA 12 (untested on a GPU) with NVIDIA's libraries under NVIDIA's licence, and the tfjs-node-gpu addon`,
    detail: `TensorFlow ${version} for CUDA 12, untested on a GPU`,
    unpackedMegabytes: 5590,
    wheels: [
      {
        requirement: `tensorflow==${version}`,
        file: `tensorflow-${version}-cp311-cp311-${glibc227}.whl`,
        sha256: "9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124",
        bytes: 572_440_367,
      },
      nvidia("cublas", "12.9.3.13", glibc227, 581_217_458, "d7d51055f161b317c7105ddaae90e71eda059026074ffef93cf7cde2886bfe72"),
      nvidia("cuda-cupti", "12.8.90", glibc217, 10_248_621, "ea0cb07ebda26bb9b29ba82cda34849e73c166c18162d3913575b0c9db9a6182"),
      nvidia("cuda-nvrtc", "12.9.86", glibc212, 89_568_129, "210cf05005a447e29214e9ce50851e83fc5f4358df8b453155d5e1918094dcb4"),
      nvidia("cuda-runtime", "12.9.79", glibc217, 3_493_179, "25bba2dfb01d48a9b59ca474a1ac43c6ebf7011f1b0b8cc44f54eb6ac48a96c3"),
      nvidia("cudnn", "9.28.0.42", glibc227, 716_538_495, "9ff58b7f36dacd0a93e89f8f2957b52466889217963701daa15e577317cfa375"),
      nvidia("cufft", "11.4.1.4", glibc217, 200_877_592, "c67884f2a7d276b4b80eb56a79322a95df592ae5e765cf1243693365ccab4e28"),
      nvidia("curand", "10.3.10.19", glibc227, 68_295_626, "49b274db4780d421bd2ccd362e1415c13887c53c214f0d4b761752b8f9f6aa1e"),
      nvidia("cusolver", "11.7.5.82", glibc227, 338_117_415, "15da72d1340d29b5b3cf3fd100e3cd53421dde36002eda6ed93811af63c40d88"),
      nvidia("cusparse", "12.5.10.65", glibc217, 366_465_088, "73060ce019ac064a057267c585bf1fd5a353734151f87472ff02b2c5c9984e78"),
      nvidia("nccl", "2.32.3", glibc227, 351_526_311, "bb94b2348e4861d5e8aa00b36c3d12d9bdf9c6369b82cbb723de0b582280a21c"),
      nvidia("nvjitlink", "12.9.86", glibc212, 39_748_338, "e3f1171dbdc83c5932a45f0f4c99180a70de9bd2718c1ab77d14104f6d7147f9"),
    ],
  },
};

/** "3339 MB from PyPI, 5590 MB unpacked". */
export const sizeOf = ({ wheels, unpackedMegabytes }: TensorflowBuild): string =>
  `${Math.round(wheels.reduce((sum, { bytes }) => sum + bytes, 0) / 1e6)} MB from PyPI, ${unpackedMegabytes} MB unpacked`;

/** The arguments that make pip choose exactly this file, whatever Python it runs on: nothing of Python is used from it. */
export function pipArguments({ requirement, file }: Wheel, folder: string): string[] {
  const platforms = [...new Set([...file.replace(/^.*-|\.whl$/g, "").split("."), "manylinux_2_17_x86_64"])];
  return [
    ...["-m", "pip", "download", "-q", "--no-deps", "--only-binary=:all:"],
    ...platforms.flatMap((platform) => ["--platform", platform]),
    ...["--python-version", "3.11", "--implementation", "cp", "--abi", "cp311", "-d", folder, requirement],
  ];
}
