//! Finds a field by the client's name, for the way back: client variables come in any order, so the cursor over the key order is of no use there.

use super::table::{Field, same};

const SAME: &str = "two fields of a type must not have the same name";

/// A hash table with open addressing, filled when the table is compiled: each slot holds a field's number plus one.
#[derive(Clone, Copy)]
pub(super) struct NameIndex {
    slots: [u8; NameIndex::SLOTS],
}

impl NameIndex {
    const SLOTS: usize = 128;
    /// A type with more fields than this is searched one by one.
    const FIELDS: usize = 96;

    /// The index of these fields.
    ///
    /// # Panics
    /// Two of them have the same name.
    pub(super) const fn new(fields: &[Field]) -> Self {
        let mut slots = [0; Self::SLOTS];
        let (mut number, count) = (0, fields.len());
        while number < count {
            let name = fields[number].name();
            if count <= Self::FIELDS {
                let mut slot = hash(name.as_bytes());
                while slots[slot] != 0 {
                    assert!(!same(fields[slots[slot] as usize - 1].name(), name), "{}", SAME);
                    slot = (slot + 1) % Self::SLOTS;
                }
                slots[slot] = number as u8 + 1;
            } else {
                let mut other = 0;
                while other < number {
                    assert!(!same(fields[other].name(), name), "{}", SAME);
                    other += 1;
                }
            }
            number += 1;
        }
        Self { slots }
    }

    /// The number of the field that has this name.
    #[inline]
    pub(super) fn find(&self, fields: &[Field], name: &[u8]) -> Option<usize> {
        if fields.len() > Self::FIELDS {
            return fields.iter().position(|field| field.name().as_bytes() == name);
        }
        let mut slot = hash(name);
        // The table is never full, so an empty slot ends every search.
        loop {
            let number = usize::from(self.slots[slot % Self::SLOTS]).checked_sub(1)?;
            if fields.get(number)?.name().as_bytes() == name {
                return Some(number);
            }
            slot += 1;
        }
    }
}

/// Length, first, middle and last byte tell the names of one type apart nearly always.
#[inline]
const fn hash(name: &[u8]) -> usize {
    let len = name.len();
    if len == 0 {
        return 0;
    }
    // What wraps is cut off: no product of two such numbers is more than 64 bits have.
    let mixed = (len as u32 as u64 * 0x9E37_79B1)
        ^ (name[0] as u64 * 0x85EB_CA6B)
        ^ (name[len / 2] as u64 * 0xC2B2_AE35)
        ^ (name[len - 1] as u64 * 0x27D4_EB2F);
    (mixed as u32 >> 25) as usize
}
