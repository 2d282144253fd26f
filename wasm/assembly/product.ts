// C[m,n] = max(Σ_k A[m,k]·B[n,k] + addend[m,n], floor)        m < rows, n < columns, k < depth
//
// Layout: A[m,k] lies at a + 4(m·aRow + k·aStep), B[n,k] at b + 4(n·bRow + k·bStep); of each pair of strides one must be 1.
// C[m,n] lies at c + 4(m·cRow + n); so does the addend, with its own row stride (0 repeats one row: a bias).
// Work: threads take disjoint ranges of rows or columns by offset pointers, each with its own scratch. An element is summed over
// k in order, in blocks of DEPTH_BLOCK that start at k = 0, whatever its place in a tile: any partition gives the same bits.
//
// Both operands are packed into panels (panels.ts), which the micro-kernel reads straight on (tiles.ts).
import { packA, packB } from "./panels";
import { computeTiles, EDGE_BYTES, TILE_BLOCK_BYTES, TileBlock } from "./tiles";

// A panel of B (16 KB) stays in L1, the block of A (192 KB) in L2, the block of B (1 MB) in L2 or L3.
export const DEPTH_BLOCK: usize = 512;
export const ROW_BLOCK: usize = 96;
const COLUMN_BLOCK: usize = 512;

// Scratch holds the description of the product and that of its current block, a row of zeros, room for an edge tile, and both packed
// operands, on cache lines of their own.
const PRODUCT_BYTES: usize = 64;
const ZEROS_BYTES: usize = 64;

/** Returns the bytes of scratch that a product needs (16-byte aligned), whatever its shape. */
export function productScratchBytes(): usize {
  return PRODUCT_BYTES + TILE_BLOCK_BYTES + ZEROS_BYTES + EDGE_BYTES + (ROW_BLOCK + COLUMN_BLOCK) * DEPTH_BLOCK * 4;
}

/** Describes a product without addend and floor, at the start of the scratch that it needs. */
export function productIn(scratch: usize): Product {
  const product = changetype<Product>(scratch);
  product.addend = 0;
  product.floor = -Infinity;
  return product;
}

/** A product to be computed: set its operands, then call `run`. Strides count floats. */
@unmanaged
export class Product {
  private c: usize;
  private cRow: usize;
  private a: usize;
  private aRow: usize;
  private aStep: usize;
  private b: usize;
  private bRow: usize;
  private bStep: usize;
  private addend: usize;
  private addendRow: usize;
  /** 0 gives a relu, −Infinity keeps everything. */
  floor: f32;

  setA(at: usize, row: usize, step: usize): void {
    this.a = at, this.aRow = row, this.aStep = step;
  }

  setB(at: usize, row: usize, step: usize): void {
    this.b = at, this.bRow = row, this.bStep = step;
  }

  setC(at: usize, row: usize): void {
    this.c = at, this.cRow = row;
  }

  setAddend(at: usize, row: usize): void {
    this.addend = at, this.addendRow = row;
  }

  run(rows: usize, columns: usize, depth: usize): void {
    if (ASC_FEATURE_SIMD) this.runBlocks(rows, columns, depth);
    else this.runElements(rows, columns, depth);
  }

  private runBlocks(rows: usize, columns: usize, depth: usize): void {
    const block = changetype<TileBlock>(changetype<usize>(this) + PRODUCT_BYTES);
    const zeros = changetype<usize>(block) + TILE_BLOCK_BYTES;
    memory.fill(zeros, 0, ZEROS_BYTES);
    const packedA = zeros + ZEROS_BYTES + EDGE_BYTES;
    const packedB = packedA + ROW_BLOCK * DEPTH_BLOCK * 4;
    block.cRow = this.cRow, block.packedA = packedA, block.packedB = packedB, block.edge = zeros + ZEROS_BYTES;
    for (let n0: usize = 0; n0 < columns; n0 += COLUMN_BLOCK) {
      const nCount = min(COLUMN_BLOCK, columns - n0);
      let k0: usize = 0;
      do {
        const kCount = min(DEPTH_BLOCK, depth - k0);
        block.floor = k0 + kCount == depth ? this.floor : -Infinity;
        packB(packedB, this.b + 4 * (n0 * this.bRow + k0 * this.bStep), this.bRow, this.bStep, nCount, kCount);
        for (let m0: usize = 0; m0 < rows; m0 += ROW_BLOCK) {
          const mCount = min(ROW_BLOCK, rows - m0);
          packA(packedA, this.a + 4 * (m0 * this.aRow + k0 * this.aStep), this.aRow, this.aStep, mCount, kCount);
          block.c = this.c + 4 * (m0 * this.cRow + n0);
          // The first block of k starts from the addend, the next ones from C itself.
          if (k0 > 0) {
            block.start = block.c, block.startRow = this.cRow, block.startColumn = 4;
          } else if (this.addend) {
            block.start = this.addend + 4 * (m0 * this.addendRow + n0), block.startRow = this.addendRow, block.startColumn = 4;
          } else {
            block.start = zeros, block.startRow = 0, block.startColumn = 0;
          }
          computeTiles(block, mCount, nCount, kCount);
        }
        k0 += kCount;
      } while (k0 < depth);
    }
  }

  private runElements(rows: usize, columns: usize, depth: usize): void {
    const floor = this.floor;
    for (let m: usize = 0; m < rows; m++) {
      for (let n: usize = 0; n < columns; n++) {
        let sum: f32 = this.addend ? load<f32>(this.addend + 4 * (m * this.addendRow + n)) : 0;
        let pa = this.a + 4 * m * this.aRow, pb = this.b + 4 * n * this.bRow;
        const aStep: usize = 4 * this.aStep, bStep: usize = 4 * this.bStep;
        for (let k: usize = 0; k < depth; k++) {
          sum += load<f32>(pa) * load<f32>(pb);
          pa += aStep;
          pb += bStep;
        }
        store<f32>(this.c + 4 * (m * this.cRow + n), sum < floor ? floor : sum);
      }
    }
  }
}
