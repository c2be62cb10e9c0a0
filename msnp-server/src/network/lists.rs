//! Who is on which list of a person, and what that allows.

use std::ops::{BitAnd, BitOr, BitOrAssign};

/// A set of lists. The first three are the owner's to change, the other two are what others did.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lists(u8);

impl Lists {
    /// On none.
    pub const NONE: Self = Self(0);
    /// The owner wants to see the contact.
    pub const FORWARD: Self = Self(1);
    /// The contact may see and write to the owner, whatever [`Privacy`] says.
    pub const ALLOW: Self = Self(2);
    /// The contact may not.
    pub const BLOCK: Self = Self(4);
    /// The contact has the owner on its forward list.
    pub const REVERSE: Self = Self(8);
    /// The contact has, and the owner has not said what to make of it (msnp8-18.md 7.2).
    pub const PENDING: Self = Self(16);
    /// What the owner can change.
    pub const OWN: Self = Self(1 | 2 | 4);

    /// The lists of these bits; others are dropped.
    pub const fn from_bits(bits: u8) -> Self {
        Self(bits & 31)
    }

    /// The bits, as every dialect numbers them (msnp8-18.md 7.1, msnp24.md 9).
    pub const fn bits(self) -> u8 {
        self.0
    }

    /// Whether all of these are in it.
    pub const fn contains(self, lists: Self) -> bool {
        self.0 & lists.0 == lists.0
    }

    /// Those that are not in `lists`.
    #[must_use]
    pub const fn without(self, lists: Self) -> Self {
        Self(self.0 & !lists.0)
    }

    /// What an owner can put a contact on: blocked and allowed exclude each other, and blocked wins.
    #[must_use]
    pub const fn settled(self) -> Self {
        let own = Self(self.0 & Self::OWN.0);
        if own.contains(Self::BLOCK) {
            own.without(Self::ALLOW)
        } else {
            own
        }
    }
}

impl BitOr for Lists {
    type Output = Self;

    fn bitor(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
}

impl BitAnd for Lists {
    type Output = Self;

    fn bitand(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }
}

impl BitOrAssign for Lists {
    fn bitor_assign(&mut self, other: Self) {
        *self = *self | other;
    }
}

/// What holds for those who are on neither the allow nor the block list (`BLP`, msnp8-18.md 7.3).
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Privacy {
    /// They may see and write to the owner.
    AllowOthers,
    /// They may not.
    BlockOthers,
}

impl Privacy {
    /// Whether a contact on these lists may see and write to the owner.
    pub const fn admits(self, lists: Lists) -> bool {
        let allowed = lists.contains(Lists::ALLOW) || matches!(self, Self::AllowOthers);
        allowed && !lists.contains(Lists::BLOCK)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocked_wins_over_allowed() {
        let all = Lists::FORWARD | Lists::ALLOW | Lists::BLOCK | Lists::REVERSE;
        assert_eq!(all.settled(), Lists::FORWARD | Lists::BLOCK);
    }

    #[test]
    fn who_may_see_somebody() {
        for (lists, by_default, if_listed) in [
            (Lists::NONE, true, false),
            (Lists::FORWARD, true, false),
            (Lists::ALLOW, true, true),
            (Lists::BLOCK, false, false),
            (Lists::ALLOW | Lists::BLOCK, false, false),
        ] {
            assert_eq!(Privacy::AllowOthers.admits(lists), by_default);
            assert_eq!(Privacy::BlockOthers.admits(lists), if_listed);
        }
    }
}
