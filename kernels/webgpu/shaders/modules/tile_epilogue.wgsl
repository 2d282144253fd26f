// finishTile(c, y, x): hands the sixteen quads of a thread, whose first row is y and first column x, to the
// shader's finish(value: vec4<f32>, row, column). Written out, so that the indices are constant.
//
// Uses SIDE and finish of the shader.
// modules: tile_products

fn finishTile(c: ptr<function, Products>, y: u32, x: u32) {
  const FAR = 4u * SIDE;
  finish((*c)[0], y, x); finish((*c)[1], y, x + FAR);
  finish((*c)[2], y + 1u, x); finish((*c)[3], y + 1u, x + FAR);
  finish((*c)[4], y + 2u, x); finish((*c)[5], y + 2u, x + FAR);
  finish((*c)[6], y + 3u, x); finish((*c)[7], y + 3u, x + FAR);
  finish((*c)[8], y + FAR, x); finish((*c)[9], y + FAR, x + FAR);
  finish((*c)[10], y + FAR + 1u, x); finish((*c)[11], y + FAR + 1u, x + FAR);
  finish((*c)[12], y + FAR + 2u, x); finish((*c)[13], y + FAR + 2u, x + FAR);
  finish((*c)[14], y + FAR + 3u, x); finish((*c)[15], y + FAR + 3u, x + FAR);
}
