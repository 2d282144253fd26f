// activationQuad(at): four activations from element `at` on, for rows of N elements; undefined past the end of
// the row. Latents is vec4<f32> and LATENT_WIDTH 4 where N is a multiple of four, else f32 and 1.
//
// Uses the binding activations, array<Latents>, of the shader. At LATENT_WIDTH 4, `at` is a multiple of four.

alias Latents = vec4<f32>;
const LATENT_WIDTH: u32 = 4u;

fn activationQuad(at: u32) -> vec4<f32> {
  if (LATENT_WIDTH == 4u) { return vec4<f32>(activations[at / 4u]); }
  return vec4<f32>(
    vec4<f32>(activations[at]).x, vec4<f32>(activations[at + 1u]).x,
    vec4<f32>(activations[at + 2u]).x, vec4<f32>(activations[at + 3u]).x,
  );
}
