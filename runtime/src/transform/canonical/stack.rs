//! The objects and lists that are open.

use crate::transform::select::{Choice, Chosen};
use crate::transform::table::{Field, Object, Union, Value};

/// How deep typed values may be nested before the engine gives up.
const LEVELS: usize = 10;

/// An open object, or an open list of anything but scalars.
#[derive(Clone, Copy)]
pub(super) struct Level<'t> {
    pub(super) object: &'t Object,
    /// The fields that may still come, in order.
    pub(super) rest: &'t [Field],
    /// The element of a list; an object has none.
    pub(super) element: Option<&'t Value>,
    /// The union that the object is a member of.
    pub(super) union: Option<&'t Union>,
    /// What is selected of the object, in a selection.
    pub(super) chosen: Option<&'t Chosen>,
    /// What is selected of the elements of a list, in a selection.
    pub(super) choice: Option<&'t Choice>,
    /// Where the object's output begins, in a selection.
    pub(super) start: usize,
    /// How many marks belong to the objects around it, in a selection.
    pub(super) marks: usize,
    /// The object is an element of a list of objects of its type; the list has no level of its own.
    pub(super) repeats: bool,
    /// The discriminator of its union was there, and is no field of its own.
    pub(super) discriminated: bool,
}

impl<'t> Level<'t> {
    const EMPTY: Self = Self {
        object: &NOTHING,
        rest: &[],
        element: None,
        union: None,
        chosen: None,
        choice: None,
        start: 0,
        marks: 0,
        repeats: false,
        discriminated: false,
    };

    #[inline(always)]
    pub(super) fn object(object: &'t Object) -> Self {
        Self { object, rest: object.fields(), ..Self::EMPTY }
    }

    #[inline(always)]
    pub(super) fn element(object: &'t Object) -> Self {
        Self { repeats: true, ..Self::object(object) }
    }

    #[inline(always)]
    pub(super) fn member(object: &'t Object, union: &'t Union) -> Self {
        Self { union: Some(union), ..Self::object(object) }
    }

    #[inline(always)]
    pub(super) fn list(element: &'t Value, choice: Option<&'t Choice>) -> Self {
        Self { element: Some(element), choice, ..Self::EMPTY }
    }

    /// All fields of the object.
    #[inline(always)]
    pub(super) fn fields(&self) -> &'t [Field] {
        self.chosen.map_or(self.object.fields(), |chosen| &chosen.fields)
    }

    /// The number of the field that is expected next.
    #[inline(always)]
    pub(super) fn cursor(&self) -> usize {
        self.fields().len() - self.rest.len()
    }
}

static NOTHING: Object = Object::new("Nothing", &[]);

/// The levels around the one that is being read.
pub(super) struct Stack<'t> {
    levels: [Level<'t>; LEVELS],
    height: usize,
    /// How many objects and lists are open, the current one included.
    depth: usize,
    limit: usize,
}

impl<'t> Stack<'t> {
    #[inline(always)]
    pub(super) fn new(limit: usize) -> Self {
        Self { levels: [Level::EMPTY; LEVELS], height: 0, depth: 1, limit }
    }

    /// Puts the current level aside for one inside it.
    #[inline(always)]
    pub(super) fn push(&mut self, current: Level<'t>, next: &Level<'t>) -> Option<()> {
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
    pub(super) fn pop(&mut self, ended: &Level<'t>) -> Option<Level<'t>> {
        self.depth -= if ended.repeats { 2 } else { 1 };
        self.height = self.height.checked_sub(1)?;
        self.levels.get(self.height).copied()
    }

    /// How many levels are left for something inside the current one.
    pub(super) fn left(&self) -> usize {
        self.limit.saturating_sub(self.depth)
    }
}
