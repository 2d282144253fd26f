// describedLatent(i): the description of latent i for its gradients, apart from its pull: its block m(i),
// Ω_m = (λ/B) Σ_{j ≥ m} w_j, and n_i.
//
// Uses sizes.P, sizes.B and the bindings bounds, weights, coefficient and norms of the shader.

fn describedLatent(i: u32) -> Latent {
  var block = sizes.P;
  var tail = 0.0;
  for (; block > 0u && i < bounds[block - 1u]; block--) { tail += weights[block - 1u]; }
  return Latent(block, coefficient[0] / sizes.B * tail, norms[i], 0.0);
}
