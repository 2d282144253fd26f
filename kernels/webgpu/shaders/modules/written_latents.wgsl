// latentsOf(v): four elements as one of an array of Latents, which is the reverse of activationsAt. At LATENT_WIDTH 1
// it is the first of them. Every condition is constant, so nothing is left to compute.
// modules: activation_quads

// At LATENT_WIDTH 1 this is 0.0.
const LATENT_PLACES: Latents = vec4<f32>(0.0, 1.0, 2.0, 3.0);

fn latentsOf(v: vec4<f32>) -> Latents {
  let last = select(Latents(v.w), Latents(v.z), LATENT_PLACES == Latents(2.0));
  let rest = select(last, Latents(v.y), LATENT_PLACES == Latents(1.0));
  return select(rest, Latents(v.x), LATENT_PLACES == Latents(0.0));
}
