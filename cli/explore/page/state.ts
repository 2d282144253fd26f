/** What the page shows, and the address that says so. */

/** What the list can be sorted by. */
export type SortKey = "number" | "token" | "count" | "max";

/** Everything that an address holds. */
export interface State {
  readonly view: "list" | "tree";
  readonly latent: number | null;
  readonly query: string;
  readonly sort: SortKey;
  readonly descending: boolean;
  /** Index into the levels of the manifest. */
  readonly level: number;
}

/** Bounds of what an address may ask for. */
export interface Bounds {
  readonly latentCount: number;
  readonly levels: number;
}

const KEYS: readonly SortKey[] = ["number", "token", "count", "max"];

function whole(text: string | null, below: number): number | null {
  if (text === null || !/^\d+$/.test(text)) return null;
  const value = Number(text);
  return value < below ? value : null;
}

/** Reads an address such as `#/latent/17?q=the`. What it does not say, or says wrongly, has its default. */
export function parseAddress(hash: string, { latentCount, levels }: Bounds): State {
  const [path, query = ""] = hash.replace(/^#/, "").split(/\?(.*)/s);
  const parameters = new URLSearchParams(query);
  const sort = parameters.get("sort") ?? "number";
  const key = sort.replace(/^-/, "") as SortKey;
  return {
    view: path === "/tree" || parameters.get("view") === "tree" ? "tree" : "list",
    latent: whole(/^\/latent\/(\d+)$/.exec(path)?.[1] ?? null, latentCount),
    query: parameters.get("q") ?? "",
    sort: KEYS.includes(key) ? key : "number",
    descending: sort.startsWith("-"),
    level: whole(parameters.get("level"), levels) ?? levels - 1,
  };
}

/** Writes the address of a state, without what is as by default. */
export function addressOf(state: State, { levels }: Bounds): string {
  const { view, latent, query, sort, descending, level } = state;
  const parameters = new URLSearchParams();
  if (query !== "") parameters.set("q", query);
  if (sort !== "number" || descending) parameters.set("sort", `${descending ? "-" : ""}${sort}`);
  if (level !== levels - 1) parameters.set("level", String(level));
  if (view === "tree" && latent !== null) parameters.set("view", "tree");
  const path = latent !== null ? `#/latent/${latent}` : view === "tree" ? "#/tree" : "#/";
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}
