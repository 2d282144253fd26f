/** Published figures of graphics cards. */

/** A card. */
export interface Card {
  readonly name: string;
  /** Bytes of its memory. */
  readonly memory: number;
  /** Peak rate in float32, flop/s: a multiply-add is two. */
  readonly flops: number;
  /** Bandwidth of its memory, bytes/s. */
  readonly bandwidth: number;
  /** Where the figures are from. */
  readonly source: string;
}

const GIB = 2 ** 30;

/** One card each with 8, 16 and 24 GB, of three architectures. */
export const CARDS: readonly Card[] = [
  {
    name: "GeForce RTX 4060",
    memory: 8 * GIB,
    flops: 15.11e12,
    bandwidth: 272e9,
    source: "https://cputronic.com/gpu/nvidia-geforce-rtx-4060",
  },
  {
    name: "Radeon RX 6950 XT",
    memory: 16 * GIB,
    flops: 23.65e12,
    bandwidth: 576e9,
    source: "https://guru3d.com/review/xfx-radeon-rx-7900-xtx-magair-review/page-4",
  },
  {
    name: "Radeon RX 7900 XTX",
    memory: 24 * GIB,
    flops: 61.4e12,
    bandwidth: 960e9,
    source: "https://guru3d.com/review/xfx-radeon-rx-7900-xtx-magair-review/page-4",
  },
];
