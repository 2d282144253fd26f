// isFinite(bits): whether the f32 with these bits is neither infinite nor NaN. By bits, because a compiler may
// assume that there is no such number.

fn isFinite(bits: u32) -> bool { return (bits & 0x7f800000u) != 0x7f800000u; }
