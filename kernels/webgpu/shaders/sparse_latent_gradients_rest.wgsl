// out_i += Σ partials of latent i's windows, in their order.
//
// partials [windows, d], out [latents, d]. One workgroup per window: that of a latent's first window
// adds all of them, the others do nothing.

const LANES: u32 = 64u;
// vec4<f32> where d is a multiple of four, else f32.
alias Features = vec4<f32>;

struct Sizes {
  groups: u32, groupsX: u32, N: u32, latents: u32, firstLatent: u32, columns: u32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> partials: array<Features>;
@group(0) @binding(3) var<storage, read_write> gradient: array<Features>;

// Entries of a latent are cut into runs, so that one that is active in many rows does not keep one
// workgroup while the others wait: the head, up to the second multiple of CHUNK past its first
// entry, and windows, CHUNK entries from each further multiple on.
const CHUNK: u32 = 256u;

// Where the windows of a latent begin, if it has so many entries.
fn headEnd(begin: u32) -> u32 { return (begin + CHUNK - 1u) / CHUNK * CHUNK + CHUNK; }

// The latent that entry e belongs to: the last that begins at or before e.
fn latentOfEntry(e: u32) -> u32 {
  var low = 0u;
  var high = sizes.N;
  while (high - low > 1u) {
    let middle = (low + high) / 2u;
    if (latentOffsets[middle] <= e) { low = middle; } else { high = middle; }
  }
  return low;
}

// Latent, first entry and end of what workgroup g takes: heads come first, then windows. An end
// before the first entry means that there is nothing to do.
fn runOf(g: u32) -> vec3<u32> {
  if (g < sizes.latents) {
    let i = sizes.firstLatent + g;
    let begin = latentOffsets[i];
    return vec3<u32>(i, begin, min(latentOffsets[i + 1u], headEnd(begin)));
  }
  let first = (g - sizes.latents) * CHUNK;
  if (first >= latentOffsets[sizes.N]) { return vec3<u32>(0u, 1u, 0u); }
  let i = latentOfEntry(first);
  let mine = i >= sizes.firstLatent && i < sizes.firstLatent + sizes.latents;
  if (!mine || first < headEnd(latentOffsets[i])) { return vec3<u32>(0u, 1u, 0u); }
  return vec3<u32>(i, first, min(latentOffsets[i + 1u], first + CHUNK));
}

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
