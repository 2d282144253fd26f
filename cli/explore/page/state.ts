/** What the page shows, and the address that says so. */

/** What the list can be sorted by. */
export type SortKey = "number" | "token" | "count" | "max";

/** The views beside the card. */
export type ViewName = "list" | "tree" | "live";

/** Everything that an address holds. */
export interface State {
  readonly view: ViewName;
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

const OTHER_VIEWS: readonly ViewName[] = ["tree", "live"];
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
    view: OTHER_VIEWS.find((view) => path === `/${view}` || parameters.get("view") === view) ??
      "list",
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
  if (view !== "list" && latent !== null) parameters.set("view", view);
  const path = latent !== null ? `#/latent/${latent}` : view !== "list" ? `#/${view}` : "#/";
  return parameters.size > 0 ? `${path}?${parameters}` : path;
}
