//! Finds a field by the client's name, for the way back: client variables come in any order, so the cursor over the key order is of no use there.

use super::table::Field;

/// A hash table with open addressing, filled when the table is compiled: each slot holds a field's number plus one.
#[derive(Clone, Copy)]
pub(super) struct NameIndex {
    slots: [u8; NameIndex::SLOTS],
}

impl NameIndex {
    const SLOTS: usize = 128;
    /// A type with more fields than this is searched one by one.
    const FIELDS: usize = 96;

    pub(super) const fn new(fields: &[Field]) -> Self {
        let mut slots = [0; Self::SLOTS];
        if fields.len() <= Self::FIELDS {
            let mut number = 0;
            while number < fields.len() {
                let mut slot = hash(fields[number].name().as_bytes());
                while slots[slot] != 0 {
                    slot = (slot + 1) % Self::SLOTS;
                }
                slots[slot] = number as u8 + 1;
                number += 1;
            }
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
    let mixed = (len as u32).wrapping_mul(0x9E37_79B1)
        ^ (name[0] as u32).wrapping_mul(0x85EB_CA6B)
        ^ (name[len / 2] as u32).wrapping_mul(0xC2B2_AE35)
        ^ (name[len - 1] as u32).wrapping_mul(0x27D4_EB2F);
    (mixed >> 25) as usize
}
