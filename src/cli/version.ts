import config from "../../deno.json" with { type: "json" };

/** The version of this package. */
export const VERSION: string = config.version;
/** What files say about who made them. */
export const CREATED_BY: string = `${config.name} ${config.version}`;
