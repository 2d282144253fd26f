// activationQuad(at): four activations from element `at` on, for rows of N elements; undefined past the end of
// the row. Latents is vec4<f32> and LATENT_WIDTH 4 where N is a multiple of four, else f32 and 1.
//
// Uses the binding activations, array<Latents>, of the shader. At LATENT_WIDTH 4, `at` is a multiple of four.

alias Latents = vec4<f32>;
const LATENT_WIDTH: u32 = 4u;

// Four activations of a row, given where the first of them is in the array.
fn activationsAt(n: u32) -> vec4<f32> {
  if (LATENT_WIDTH == 4u) { return vec4<f32>(activations[n]); }
  return vec4<f32>(
    vec4<f32>(activations[n]).x, vec4<f32>(activations[n + 1u]).x,
    vec4<f32>(activations[n + 2u]).x, vec4<f32>(activations[n + 3u]).x,
  );
}

fn activationQuad(at: u32) -> vec4<f32> { return activationsAt(at / LATENT_WIDTH); }
