/** The script of the view of new rows, which the page loads when the view is opened. */
import { LiveTextView } from "./live_text.ts";
import type { OpenLive } from "./opening.ts";

const open: OpenLive = (box, view, tools) => new LiveTextView(box, view, tools);

/** The page's own, which is there before this script. */
declare const explorer: { receive(name: string, value: unknown): void };

explorer.receive("live", open);
