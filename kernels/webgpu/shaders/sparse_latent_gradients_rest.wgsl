// out_i += Σ partials of latent i's windows, in their order.
//
// partials [windows, d], out [latents, d]. One workgroup per window: that of a latent's first window
// adds all of them, the others do nothing.
// modules: features, entry_runs

const LANES: u32 = 64u;

struct Sizes {
  groups: u32, groupsX: u32, N: u32, latents: u32, firstLatent: u32, columns: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> partials: array<Features>;
@group(0) @binding(3) var<storage, read_write> gradient: array<Features>;

@compute @workgroup_size(LANES)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_index) lane: u32) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let run = runOf(sizes.latents + g);
  if (run.z < run.y || run.y != headEnd(latentOffsets[run.x])) { return; }
  let end = latentOffsets[run.x + 1u];
  for (var k = lane; k < sizes.columns; k += LANES) {
    let at = (run.x - sizes.firstLatent) * sizes.columns + k;
    var sum = gradient[at];
    for (var window = g; window * CHUNK < end; window++) {
      sum += partials[window * sizes.columns + k];
    }
    gradient[at] = sum;
  }
}
