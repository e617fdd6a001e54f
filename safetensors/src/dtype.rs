//! The types of numbers.

use core::fmt::{self, Display, Formatter};

macro_rules! dtypes {
    ($($(#[$docs:meta])* $name:ident = $text:literal, $bits:literal;)*) => {
        /// The type of a tensor's numbers.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Dtype {
            $($(#[$docs])* $name,)*
        }

        impl Dtype {
            const ALL: &[Self] = &[$(Self::$name),*];

            /// As files name it: `F32`.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text,)* }
            }

            /// How many bits a number has.
            pub const fn bits(self) -> u64 {
                match self { $(Self::$name => $bits,)* }
            }
        }
    };
}

dtypes! {
    /// 64-bit floating point, `double`.
    F64 = "F64", 64;
    /// 32-bit floating point, `float`.
    F32 = "F32", 32;
    /// IEEE 754's 16-bit floating point, `half`.
    F16 = "F16", 16;
    /// The upper half of an `F32`.
    Bf16 = "BF16", 16;
    /// Two 32-bit numbers, a complex one.
    C64 = "C64", 64;
    /// A signed integer.
    I64 = "I64", 64;
    /// A signed integer.
    I32 = "I32", 32;
    /// A signed integer.
    I16 = "I16", 16;
    /// A signed integer.
    I8 = "I8", 8;
    /// An integer without a sign.
    U64 = "U64", 64;
    /// An integer without a sign.
    U32 = "U32", 32;
    /// An integer without a sign.
    U16 = "U16", 16;
    /// An integer without a sign.
    U8 = "U8", 8;
    /// True or false, a byte each.
    Bool = "BOOL", 8;
    /// 8-bit floating point with 5 bits of exponent.
    F8E5M2 = "F8_E5M2", 8;
    /// 8-bit floating point with 4 bits of exponent.
    F8E4M3 = "F8_E4M3", 8;
    /// An 8-bit power of two.
    F8E8M0 = "F8_E8M0", 8;
    /// 8-bit floating point with 5 bits of exponent and one zero.
    F8E5M2Fnuz = "F8_E5M2FNUZ", 8;
    /// 8-bit floating point with 4 bits of exponent and one zero.
    F8E4M3Fnuz = "F8_E4M3FNUZ", 8;
    /// 6-bit floating point with 2 bits of exponent.
    F6E2M3 = "F6_E2M3", 6;
    /// 6-bit floating point with 3 bits of exponent.
    F6E3M2 = "F6_E3M2", 6;
    /// 4-bit floating point.
    F4 = "F4", 4;
}

impl Dtype {
    /// The type of that name, if there is one.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|dtype| dtype.name() == name)
    }

    /// Whether castnet can convert it to its own numbers: `F64`, `F32`, `F16` and `BF16`.
    pub const fn is_convertible(self) -> bool {
        matches!(self, Self::F64 | Self::F32 | Self::F16 | Self::Bf16)
    }
}

impl Display for Dtype {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_is_found_by_its_name() {
        for &dtype in Dtype::ALL {
            assert_eq!(Dtype::named(dtype.name()), Some(dtype));
        }
        assert_eq!(Dtype::named("f32"), None);
    }
}
