/** The five charts of the page: the losses, and FVU and L0 per prefix of each autoencoder. */

import { Chart, type ChartData, type Curve } from "./chart.ts";
import type { ModelSnapshot, Snapshot } from "./protocol.ts";
import type { World } from "./world.ts";

const DASHES = [[2, 3], [8, 3, 2, 3], [7, 4], undefined];

interface Panel {
  readonly chart: Chart;
  row(snapshot: Snapshot): number[];
  data: ChartData;
}

/** Collects the values of all charts and draws them. */
export class Curves {
  readonly #panels: Panel[] = [];

  /** Puts empty charts into `host`. */
  constructor(host: HTMLElement, { prefixes }: World) {
    host.replaceChildren();
    const add = (
      title: string,
      curves: Curve[],
      row: (snapshot: Snapshot) => number[],
      range: (low: number, high: number) => [number, number],
      wide = false,
    ) => {
      const chart = new Chart(host, { title, curves, range, wide, logarithmic: wide });
      this.#panels.push({ chart, row, data: [[], ...curves.map(() => [])] });
    };
    add(
      "Loss",
      [
        { label: "vanilla", colour: "--vanilla", dash: [8, 4] },
        { label: "Matryoshka", colour: "--matryoshka" },
      ],
      ({ vanilla, matryoshka }) => [vanilla.loss, matryoshka.loss],
      // Without a bound, the first losses would leave no room for the later ones.
      (low, high) => low > 0 ? [Math.min(0.1, low), Math.min(1000, high)] : [0.1, 1000],
      true,
    );
    const curves = prefixes.map((prefix, i) => ({
      label: i === prefixes.length - 1 ? `all ${prefix}` : `first ${prefix}`,
      // The whole SAE always has the last colour and the solid line.
      colour: `--prefix-${i + 1 + DASHES.length - prefixes.length}`,
      dash: DASHES[i + DASHES.length - prefixes.length],
    }));
    const perPrefix = (
      name: string,
      of: (prefix: ModelSnapshot["perPrefix"][number]) => number,
    ) => {
      // Both autoencoders have the same vertical axis, so that their charts can be compared.
      const range: [number, number] = name === "FVU" ? [0, 1.05] : [0, 4];
      add(`${name} per prefix, vanilla`, curves, (s) => s.vanilla.perPrefix.map(of), () => range);
      add(
        `${name} per prefix, Matryoshka`,
        curves,
        (s) => s.matryoshka.perPrefix.map(of),
        () => range,
      );
    };
    perPrefix("FVU", ({ fvu }) => fvu);
    perPrefix("L0", ({ l0 }) => l0);
  }

  /** Adds the values of a snapshot, which `draw` shows. */
  add(snapshot: Snapshot): void {
    for (const { data, row } of this.#panels) {
      [snapshot.step, ...row(snapshot)].forEach((value, i) => data[i].push(value));
    }
  }

  /** Shows all values added so far, on an axis as long as the run. */
  draw(steps: number): void {
    for (const { chart, data } of this.#panels) chart.update(data, steps);
  }
}
