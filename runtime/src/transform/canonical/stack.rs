//! The objects and lists that are open.

use crate::transform::table::{Object, Union, Value};

/// How deep typed values may be nested before the engine gives up.
const LEVELS: usize = 32;

/// An open object, or an open list of anything but scalars.
#[derive(Clone, Copy)]
pub(super) struct Level {
    pub(super) object: &'static Object,
    /// The element of a list; an object has none.
    pub(super) element: Option<&'static Value>,
    /// The union that the object is a member of.
    pub(super) union: Option<&'static Union>,
    /// The number of the field that is expected next.
    pub(super) cursor: u32,
    /// Nothing was read of it yet, so no comma comes next.
    pub(super) first: bool,
    /// The object is an element of a list of objects of its type; the list has no level of its own.
    pub(super) repeats: bool,
    /// The discriminator of its union was there, and is no field of its own.
    pub(super) discriminated: bool,
}

impl Level {
    #[inline(always)]
    pub(super) fn object(object: &'static Object) -> Self {
        Self { object, element: None, union: None, cursor: 0, first: true, repeats: false, discriminated: false }
    }

    #[inline(always)]
    pub(super) fn element(object: &'static Object) -> Self {
        Self { repeats: true, ..Self::object(object) }
    }

    #[inline(always)]
    pub(super) fn member(object: &'static Object, union: &'static Union) -> Self {
        Self { union: Some(union), ..Self::object(object) }
    }

    #[inline(always)]
    pub(super) fn list(element: &'static Value) -> Self {
        Self { element: Some(element), ..Self::object(&NOTHING) }
    }
}

static NOTHING: Object = Object::new("Nothing", &[]);

/// The levels around the one that is being read.
pub(super) struct Stack {
    levels: [Level; LEVELS],
    height: usize,
    /// How many objects and lists are open, the current one included.
    depth: usize,
    limit: usize,
}

impl Stack {
    #[inline(always)]
    pub(super) fn new(limit: usize) -> Self {
        const EMPTY: Level = Level {
            object: &NOTHING,
            element: None,
            union: None,
            cursor: 0,
            first: true,
            repeats: false,
            discriminated: false,
        };
        Self { levels: [EMPTY; LEVELS], height: 0, depth: 1, limit }
    }

    /// Puts the current level aside for one inside it.
    #[inline(always)]
    pub(super) fn push(&mut self, current: Level, next: &Level) -> Option<()> {
        self.depth += if next.repeats { 2 } else { 1 };
        if self.depth > self.limit {
            return None;
        }
        *self.levels.get_mut(self.height)? = current;
        self.height += 1;
        Some(())
    }

    /// The level around the one that ended; nothing around the document itself.
    #[inline(always)]
    pub(super) fn pop(&mut self, ended: &Level) -> Option<Level> {
        self.depth -= if ended.repeats { 2 } else { 1 };
        self.height = self.height.checked_sub(1)?;
        self.levels.get(self.height).copied()
    }

    /// How many levels are left for something inside the current one.
    pub(super) fn left(&self) -> usize {
        self.limit.saturating_sub(self.depth)
    }
}
