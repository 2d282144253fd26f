/** The names of the model and the hook, which some formats keep. */
import { assertEquals, assertThrows } from "@std/assert";
import { loadSae, type Sae, saveSae, WRITABLE_SAE_FORMATS } from "../../../mod.ts";
import { interopFiles } from "./golden_files.ts";
import { someSae, topk } from "./some_sae.ts";

const NAMES = { modelName: "gpt2-small", hookName: "blocks.8.hook_resid_pre" };

function namesOf({ modelName, hookName }: Sae) {
  return [modelName, hookName];
}

Deno.test("native files and SAELens's keep the names of model and hook, the other formats do not", async () => {
  for (const format of WRITABLE_SAE_FORMATS) {
    const activation = format === "gemma_scope" ? { kind: "relu" } as const : topk;
    const sae = { ...someSae(activation, true), ...NAMES };
    const back = await loadSae(saveSae(sae, format));
    const kept = ["native", "saelens"].includes(format);
    assertEquals(namesOf(back), kept ? Object.values(NAMES) : [undefined, undefined], format);
  }
});

Deno.test("saveSae() writes the names where SAELens has them, before those of the caller", () => {
  const files = saveSae({ ...someSae(topk, true), ...NAMES }, "saelens", {
    metadata: { hook_name: "another", dataset_path: "here" },
  });
  const { metadata } = JSON.parse(new TextDecoder().decode(files["cfg.json"]));
  const { model_name, hook_name, dataset_path } = metadata;
  assertEquals([model_name, hook_name], Object.values(NAMES));
  assertEquals(dataset_path, "here");
});

/** The files of an autoencoder with another configuration. */
async function withConfig(folder: string, name: string, change: (config: Config) => void) {
  const files = await interopFiles(folder);
  const config = JSON.parse(new TextDecoder().decode(files[name]));
  change(config);
  return { ...files, [name]: new TextEncoder().encode(JSON.stringify(config)) };
}

type Config = Record<string, unknown> & Record<"metadata" | "trainer", Record<string, unknown>>;

Deno.test("loadSae() finds the names where SAELens and dictionary_learning have kept them, if they are text", async () => {
  const saelens = (change: (config: Config) => void) =>
    withConfig("saelens_standard", "cfg.json", change);
  const dictionary = (trainer: object) =>
    withConfig("dictionary_learning_matryoshka", "config.json", (config) => {
      Object.assign(config.trainer, trainer);
    });
  const hook = "blocks.2.hook_resid_post";
  const cases: [Awaited<ReturnType<typeof withConfig>>, (string | undefined)[]][] = [
    [await saelens(() => {}), [undefined, hook]],
    [await saelens(({ metadata }) => metadata.model_name = "m"), ["m", hook]],
    [
      await saelens((config) => {
        config.metadata = {};
        Object.assign(config, { model_name: "m", hook_name: "h" });
      }),
      ["m", "h"],
    ],
    [
      await saelens((config) => {
        config.metadata = {};
        Object.assign(config, { model_name: 3, hook_point: "h" });
      }),
      [undefined, "h"],
    ],
    [await dictionary({ lm_name: "m", submodule_name: "resid_3" }), ["m", "resid_3"]],
    [await dictionary({ lm_name: "", submodule_name: null }), [undefined, undefined]],
  ];
  for (const [files, names] of cases) assertEquals(namesOf(await loadSae(files)), names);
});

Deno.test("saveSae() rejects names that are not text", () => {
  const sae = { ...someSae(topk, true), hookName: JSON.parse("8") };
  assertThrows(() => saveSae(sae, "native"), TypeError, "hookName must be a string but is 8");
});
