//! Random numbers that are functions of what they are for, so that neither threads nor an interruption changes them.

/// What the counter of SplitMix64 moves on by.
pub(crate) const GAMMA: u64 = 0x9e37_79b9_7f4a_7c15;

/// The output function of SplitMix64 (Steele, Lea, Flood, 2014).
pub(crate) fn scatter(key: u64) -> u64 {
    let key = key.wrapping_add(GAMMA);
    let key = (key ^ (key >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let key = (key ^ (key >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    key ^ (key >> 31)
}
