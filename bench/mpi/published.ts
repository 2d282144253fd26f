/** Published SAEs, whose sizes the tables of docs/more-than-one-machine.md use. */

/** The size of an SAE, and where it is stated. */
export interface PublishedSae {
  readonly name: string;
  readonly latentCount: number;
  readonly inputSize: number;
  readonly source: string;
}

const GEMMA_SCOPE = "https://arxiv.org/abs/2408.05147";
const LLAMA_SCOPE = "https://arxiv.org/abs/2410.20526";

/** Some of the SAEs on residual streams, from small to large. */
export const PUBLISHED: readonly PublishedSae[] = [
  {
    name: "Gemma Scope, Gemma 2 2B",
    latentCount: 2 ** 14,
    inputSize: 2304,
    source: GEMMA_SCOPE,
  },
  {
    name: "Llama Scope 8x, Llama 3.1 8B",
    latentCount: 2 ** 15,
    inputSize: 4096,
    source: LLAMA_SCOPE,
  },
  {
    name: "Gemma Scope, Gemma 2 2B",
    latentCount: 2 ** 16,
    inputSize: 2304,
    source: GEMMA_SCOPE,
  },
  {
    name: "Gemma Scope, Gemma 2 9B",
    latentCount: 2 ** 17,
    inputSize: 3584,
    source: GEMMA_SCOPE,
  },
  {
    name: "Llama Scope 32x, Llama 3.1 8B",
    latentCount: 2 ** 17,
    inputSize: 4096,
    source: LLAMA_SCOPE,
  },
  {
    name: "Gemma Scope, Gemma 2 2B",
    latentCount: 2 ** 20,
    inputSize: 2304,
    source: GEMMA_SCOPE,
  },
];
