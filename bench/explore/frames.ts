/** How long the explorer's list works for a frame while it scrolls. */
import type { Page } from "playwright-core";

/** Times in milliseconds, sorted. */
export interface Frames {
  /** From one frame to the next. */
  readonly intervals: readonly number[];
  /** Of drawing the rows that come into sight, with their layout. */
  readonly work: readonly number[];
}

/** Scrolls the list from its beginning to its end in so many frames, and measures each. */
export async function scrollFrames(page: Page, count: number): Promise<Frames> {
  const { intervals, work } = await page.evaluate(async (count) => {
    const rows = document.getElementById("rows")!;
    const frame = () => new Promise<number>((resolve) => requestAnimationFrame(resolve));
    const step = (rows.scrollHeight - rows.clientHeight) / count;
    const intervals: number[] = [], work: number[] = [];
    rows.scrollTop = 0;
    let last = await frame();
    for (let n = 1; n <= count; n++) {
      const start = performance.now();
      rows.scrollTop = n * step;
      // The browser's own event comes with the next frame, and then finds all rows there.
      rows.dispatchEvent(new Event("scroll"));
      rows.lastElementChild!.getBoundingClientRect();
      work.push(performance.now() - start);
      const now = await frame();
      intervals.push(now - last);
      last = now;
    }
    return { intervals, work };
  }, count);
  const sorted = (values: number[]) => values.sort((a, b) => a - b);
  return { intervals: sorted(intervals), work: sorted(work) };
}

/** Returns the value below which a share of sorted values lies. */
export const quantile = (sorted: readonly number[], share: number): number =>
  sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
