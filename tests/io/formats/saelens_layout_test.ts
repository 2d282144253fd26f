/**
 * What SAELens's loader reads, architecture by architecture. Taken from decoderesearch/SAELens after 6.18:
 * `SAEConfig` and `SAE.load_from_disk` (sae_lens/saes/sae.py), `TopKSAEConfig` (saes/topk_sae.py),
 * `JumpReLUSAE.initialize_weights` (saes/jumprelu_sae.py), `StandardSAE` (saes/standard_sae.py),
 * `sae_lens_disk_loader` and `handle_config_defaulting` (loading/pretrained_sae_loaders.py).
 * `load_state_dict` is strict: the keys must be these, no fewer and no more.
 */
import { assert, assertEquals } from "@std/assert";
import { sourceFromBytes } from "../../../src/io/sources/bytes.ts";
import { readSafetensorsHeader } from "../../../src/io/arrays/safetensors.ts";
import type { Activation } from "../../../src/model/activation.ts";
import { initialParameters } from "../../../src/model/parameters.ts";
import { Random } from "../../../src/base/random.ts";
import { saveSae } from "../../../src/io/formats/mod.ts";
import { interopFiles } from "./golden_files.ts";

const d = 4;
const N = 10;
const TENSORS = { W_enc: [d, N], b_enc: [N], W_dec: [N, d], b_dec: [d] };
const CONFIG = [
  "apply_b_dec_to_input",
  "architecture",
  "d_in",
  "d_sae",
  "device",
  "dtype",
  "metadata",
  "normalize_activations",
  "reshape_activations",
];
const DTYPES = { F16: "float16", BF16: "bfloat16", F32: "float32", F64: "float64" } as const;

const LAYOUTS: [string, Activation, Record<string, number[]>, string[]][] = [
  ["standard", { kind: "relu" }, TENSORS, CONFIG],
  [
    "topk",
    { kind: "topk", k: 3 },
    TENSORS,
    [...CONFIG, "k", "rescale_acts_by_decoder_norm"].sort(),
  ],
  [
    "jumprelu",
    { kind: "jumprelu", threshold: new Float32Array(N).fill(0.25) },
    { ...TENSORS, threshold: [N] },
    CONFIG,
  ],
];

for (const [architecture, activation, tensors, fields] of LAYOUTS) {
  for (const [dtype, name] of Object.entries(DTYPES)) {
    Deno.test(`a ${architecture} in ${name} has what SAELens's loader reads`, async () => {
      const parameters = initialParameters(d, N, Random.fromSeed(1));
      const files = saveSae({ parameters, activation, subtractDecoderBias: true }, "saelens", {
        dtype: dtype as keyof typeof DTYPES,
      });
      assertEquals(Object.keys(files).sort(), ["cfg.json", "sae_weights.safetensors"]);
      const source = sourceFromBytes(files["sae_weights.safetensors"]);
      const header = await readSafetensorsHeader(source);
      const found = Object.fromEntries([...header.tensors].map(([key, { shape }]) => [key, shape]));
      assertEquals(found, tensors);
      assertEquals(new Set([...header.tensors.values()].map((t) => t.dtype)), new Set([dtype]));
      const config = JSON.parse(new TextDecoder().decode(files["cfg.json"]));
      assertEquals(Object.keys(config).sort(), fields);
      const { metadata, ...rest } = config;
      assertEquals(rest, {
        ...(architecture === "topk" ? { k: 3, rescale_acts_by_decoder_norm: false } : {}),
        apply_b_dec_to_input: true,
        architecture,
        d_in: d,
        d_sae: N,
        device: "cpu",
        dtype: name,
        normalize_activations: "none",
        reshape_activations: "none",
      });
      const [major] = metadata.sae_lens_version.split(".").map(Number);
      assert(major >= 6);
    });
  }
}

Deno.test("the fields are those of checkpoints that SAELens has written", async () => {
  for (const [architecture, , , fields] of LAYOUTS) {
    const name = `saelens_${architecture}${architecture === "jumprelu" ? "_bf16" : ""}`;
    const files = await interopFiles(name);
    const config = JSON.parse(new TextDecoder().decode(files["cfg.json"]));
    assertEquals(Object.keys(config).sort(), fields);
  }
});
