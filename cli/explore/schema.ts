/**
 * The schema of explore.json.
 *
 * @module
 */

/** The part of JSON Schema that describes explore.json. */
export interface Schema {
  readonly $schema?: string;
  readonly title?: string;
  readonly description?: string;
  readonly type?: "object" | "array" | "string" | "number" | "integer" | "boolean";
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: false;
  readonly items?: Schema;
  readonly const?: number;
  readonly minimum?: number;
  readonly maximum?: number;
}

const string = (description: string): Schema => ({ type: "string", description });
const number = (description: string): Schema => ({ type: "number", description });
const index = (description: string): Schema => ({ type: "integer", minimum: 0, description });
const share = (description: string): Schema => ({
  type: "number",
  minimum: 0,
  maximum: 1,
  description,
});
const list = (description: string, items: Schema): Schema => ({
  type: "array",
  description,
  items,
});

/** An object with exactly these properties, of which some may be missing. */
function object(
  description: string,
  properties: Record<string, Schema>,
  optional: readonly string[] = [],
): Schema {
  const required = Object.keys(properties).filter((name) => !optional.includes(name));
  return { type: "object", description, properties, required, additionalProperties: false };
}

const EXAMPLE = object("A place where the latent is active", {
  row: index("Row of the peak in the data"),
  peak: index("Index of the peak in tokens and values"),
  tokens: list("Tokens around the peak; empty if tokens are not known", { type: "string" }),
  values: list("Activation of the latent at each of these places", { type: "number" }),
});

const LINK = object("A parent or child", {
  latent: index("The other latent"),
  similarity: share(
    "Cosine of the activations of both over the child's rows, times the ratio of the smaller to the larger maximum",
  ),
  absorption: share("Share of the child's rows in which the parent is silent"),
  gain: number("Share by which the parent reduces the squared error over the child's rows"),
});

const TOKEN = object("A token", {
  text: string("Its text, for display"),
  count: index("Rows with the token in which the latent is active"),
  share: share("The same as a share of the latent's active rows"),
  lift: number("How many times the token's share of all rows this is"),
});

const LATENT = object("A latent", {
  latent: index("Its index"),
  count: index("Rows in which it is active"),
  max: number("Largest activation"),
  mean: number("Mean activation where it is active"),
  level: index("Index of its level in levels"),
  histogram: object("Activations, counted in bins of equal width", {
    from: number("Where the first bin begins"),
    width: number("Width of a bin"),
    counts: list("Activations in each bin", { type: "integer", minimum: 0 }),
  }),
  top: list("Strongest examples, at most one per sequence", EXAMPLE),
  quantiles: list(
    "Examples by strength, from high to low",
    object("An interval of activations", {
      from: share("Where it begins, as a share of the maximum"),
      to: share("Where it ends, as a share of the maximum"),
      examples: list("Random examples, at most one per sequence", EXAMPLE),
    }),
  ),
  tokens: list("Most frequent tokens", TOKEN),
  distinctive: list("Tokens that set it apart, most distinctive first", TOKEN),
  coactive: list(
    "Latents most often active in the same rows",
    object("Another latent", {
      latent: index("Its index"),
      count: index("Rows in which both are active"),
      share: share("The same as a share of this latent's active rows"),
    }),
  ),
  nearest: list(
    "Latents with the nearest decoder directions",
    object("Another latent", { latent: index("Its index"), cosine: share("Cosine of the two") }),
  ),
  levels: list("FVU of each level over the rows where the latent is active", { type: "number" }),
  parent: LINK,
  children: list("Latents whose best parent it is, most similar first", LINK),
}, ["parent"]);

/** Describes explore.json. */
export const EXPLORE_SCHEMA: Schema = {
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "Exploration of a Matryoshka sparse autoencoder",
  ...object("What each latent responds to, and the tree of latents", {
    $schema: string("The name of this schema"),
    version: { type: "integer", const: 1 },
    title: string("Folder or file name of the autoencoder"),
    source: object("Where everything comes from", {
      sae: string("The autoencoder"),
      data: string("The activations"),
      activation: string("The activation function"),
      inputSize: index("Size of a row, d"),
      latentCount: index("Number of latents, N"),
    }),
    rows: index("Rows that were read"),
    context: index("Tokens per sequence"),
    hasTokens: { type: "boolean", description: "Whether tokens are known" },
    l0: number("Mean number of active latents per row"),
    dead: index("Latents that are active in no row"),
    levels: list(
      "Levels, ascending; the last holds all latents",
      object("A level", {
        prefix: index("Length of its prefix"),
        fvu: number("Fraction of variance unexplained over all rows"),
      }),
    ),
    fingerprint: string("Fingerprint of the autoencoder"),
    undercount: object("By how much counts may be too low; 0 if they are exact", {
      pairs: share("Of pairs of latents, as a share of the rows of the rarer one"),
      tokens: share("Of tokens, as a share of the latent's rows"),
    }),
    latents: list("All latents in their order", LATENT),
  }, ["fingerprint"]),
};
