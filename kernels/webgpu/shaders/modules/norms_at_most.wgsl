// normAtMost(bits): what a norm may be that is stored as these bits. hasScale(bits): whether a scale is within the bounds
// of docs/mathematics.md, "On WebGPU". Numbers are compared by their bits, since a compiler may assume that none is
// infinite or NaN.
//
// Uses the sizes rounding (g) and lost of the shader.

const H: f32 = 0x1p-23;
const WIDER: f32 = 1.0 + 0x1p-18;
// Bits of 2⁻⁸⁰, 2⁶⁰, 2⁶² and 2¹⁰⁰. Of numbers that are not negative, the bits have the numbers' order.
const LEAST_SCALE: u32 = 0x17800000u;
const LARGEST_SCALE: u32 = 0x5d800000u;
const LARGEST_NORM: u32 = 0x5e800000u;
const LARGEST_BIAS: u32 = 0x71800000u;

fn normAtMost(bits: u32) -> f32 { return bitcast<f32>(bits) * (1.0 + sizes.rounding) + sizes.lost; }

fn hasScale(bits: u32) -> bool { return bits >= LEAST_SCALE && bits < LARGEST_SCALE; }
