// ∂f of every entry (i, b): ⟨G_m(i),b , D_i⟩ + Ω_m(i) φ′(|f| n_i) sign(f) n_i
//
// Codes by latent: latentOffsets [N + 1], latentRows and latentValues [K]. G [P, B, d],
// D [latents, d], gradients [K]. A workgroup takes a run of one latent's entries, eight at a time, 32
// threads each.

// vec4<f32> and 4 where d is a multiple of four, else f32 and 1.
alias Features = vec4<f32>;
const WIDTH: u32 = 4u;

struct Sizes {
  groups: u32, groupsX: u32, B: u32, N: u32, latents: u32, firstLatent: u32, columns: u32, epsilon: f32,
}

// What a latent's gradients need besides its rows.
struct Latent {
  // Its block m, and Ω_m.
  block: u32, omega: f32,
  // n, and Ω_m (Σ_b φ′|f|) / n once it is known.
  norm: f32, pull: f32,
}

@group(0) @binding(0) var<uniform> sizes: Sizes;
@group(0) @binding(1) var<storage, read> latentOffsets: array<u32>;
@group(0) @binding(2) var<storage, read> latentRows: array<u32>;
@group(0) @binding(3) var<storage, read> latentValues: array<f32>;
@group(0) @binding(4) var<storage, read> reverseSums: array<Features>;
@group(0) @binding(5) var<storage, read> decoder: array<Features>;
@group(0) @binding(6) var<storage, read> latents: array<Latent>;
@group(0) @binding(7) var<storage, read_write> gradients: array<f32>;

// 0 none, 1 l1, 2 log.
const PENALTY: u32 = 2u;

fn penaltySlope(a: f32) -> f32 {
  if (PENALTY == 0u) { return 0.0; }
  if (PENALTY == 1u) { return 1.0; }
  return 1.0 / (a + sizes.epsilon);
}

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

var<workgroup> lanes: array<f32, 256>;

fn product(a: Features, b: Features) -> f32 {
  let p = vec4<f32>(a);
  let q = vec4<f32>(b);
  if (WIDTH == 4u) { return dot(p, q); }
  return p.x * q.x;
}

@compute @workgroup_size(32, 8)
fn main(@builtin(workgroup_id) group: vec3<u32>, @builtin(local_invocation_id) local: vec3<u32>) {
  let g = group.y * sizes.groupsX + group.x;
  if (g >= sizes.groups) { return; }
  let run = runOf(g);
  let latent = latents[run.x];
  let lane = local.y * 32u + local.x;
  for (var first = run.y; first < run.z; first += 8u) {
    let e = first + local.y;
    var sum = 0.0;
    if (e < run.z) {
      let row = (latent.block * sizes.B + latentRows[e]) * sizes.columns;
      let own = (run.x - sizes.firstLatent) * sizes.columns;
      var k = local.x;
      // Four at a time: they are on their way together.
      for (; k + 96u < sizes.columns; k += 128u) {
        let g0 = reverseSums[row + k]; let d0 = decoder[own + k];
        let g1 = reverseSums[row + k + 32u]; let d1 = decoder[own + k + 32u];
        let g2 = reverseSums[row + k + 64u]; let d2 = decoder[own + k + 64u];
        let g3 = reverseSums[row + k + 96u]; let d3 = decoder[own + k + 96u];
        sum += product(g0, d0);
        sum += product(g1, d1);
        sum += product(g2, d2);
        sum += product(g3, d3);
      }
      for (; k < sizes.columns; k += 32u) {
        sum += product(reverseSums[row + k], decoder[own + k]);
      }
    }
    lanes[lane] = sum;
    for (var span = 16u; span > 0u; span /= 2u) {
      workgroupBarrier();
      if (local.x < span) { lanes[lane] += lanes[lane + span]; }
    }
    if (local.x == 0u && e < run.z) {
      let f = latentValues[e];
      let slope = penaltySlope(abs(f) * latent.norm);
      gradients[e] = lanes[lane] + latent.omega * slope * sign(f) * latent.norm;
    }
    workgroupBarrier();
  }
}
