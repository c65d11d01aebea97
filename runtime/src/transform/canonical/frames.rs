//! Where the values of selected fields are, object by object, in one flat array.
//!
//! Objects and lists of objects are *nodes*, in the order in which they begin in the document. A node begins with a [`Span`] of its own: where the next
//! element of its list is, and what it is. Behind that, an object has a span for each of its type's fields, selected or not: to ask which they are costs
//! more than it spares. A list has a span that tells where its first element is. The span of a field that holds objects tells where their node is. The
//! document's own node is the first, to which nothing refers: no place at all.
//!
//! The node of an object that is a field's value is, as a rule, *embedded*: it has its place behind the spans of the object around it, whether it is there or not.

use std::cell::RefCell;

use crate::transform::select::Chosen;

/// Where a value is. An absent one has no length.
#[derive(Clone, Copy, Debug, Default)]
pub(in crate::transform) struct Span {
    pub(super) at: u32,
    pub(super) len: u32,
}

impl Span {
    /// What a node is, if it is none of an object's types.
    pub(super) const LIST: u32 = u32::MAX;
    pub(super) const NULL: u32 = u32::MAX - 1;

    /// Where a list of no objects is that has no node.
    pub(super) const EMPTY_LIST: Self = Self { at: u32::MAX, len: 0 };

    /// Documents and arrays are not longer than [`MOST`].
    #[inline(always)]
    pub(super) fn new(at: usize, len: usize) -> Self {
        Self { at: at as u32, len: len as u32 }
    }
}

/// What can be referred to: longer documents are left to the general engine.
pub(in crate::transform) const MOST: usize = u32::MAX as usize;

/// So many spans there is room for at first, and so many are kept at most from one document to the next.
const FIRST: usize = 256;
const KEPT: usize = 1 << 20;

/// So many bytes of what was written are kept at most.
const KEPT_BYTES: usize = 8 * KEPT;

/// The array. All of `spans` may be used; up to `top` it is.
#[derive(Default)]
pub(in crate::transform) struct Frames {
    pub(super) spans: Vec<Span>,
    pub(super) top: usize,
    /// How far it may grow.
    most: usize,
}

impl Frames {
    /// Begins with a document of this length. Where hardly any of many fields are there, the spans would be out of all proportion to it: that is left to
    /// the general engine.
    #[inline(always)]
    pub(super) fn begin(&mut self, len: usize) {
        (self.top, self.most) = (0, len.saturating_mul(8).saturating_add(FIRST).min(MOST));
    }

    /// Adds a node to which the span at `link` refers then.
    #[inline(always)]
    fn add(&mut self, size: usize, what: u32, link: usize) -> Option<usize> {
        let node = self.top;
        self.make_room(size)?;
        self.top += size;
        self.begin_node(node, what, link)
    }

    #[inline(always)]
    fn begin_node(&mut self, node: usize, what: u32, link: usize) -> Option<usize> {
        *self.spans.get_mut(node)? = Span { at: 0, len: what };
        self.spans.get_mut(link)?.at = node as u32;
        Some(node)
    }

    /// Adds an object's node, or begins with the one that is embedded in that of the object around it.
    #[inline(always)]
    pub(super) fn add_object(&mut self, chosen: &Chosen, link: usize) -> Option<usize> {
        if chosen.embedded > 0 {
            let node = link + chosen.embedded;
            // There is room for all of it, for there was for that of the object around it.
            self.spans.get(node..node + chosen.spans)?;
            self.begin_node(node, chosen.number, link)
        } else {
            self.add(chosen.spans, chosen.number, link)
        }
    }

    /// Adds spans for an object that is written as it ends: to nothing but itself it matters where they are.
    #[inline(always)]
    pub(super) fn add_early(&mut self, chosen: &Chosen) -> Option<usize> {
        let node = self.top;
        self.make_room(chosen.spans)?;
        self.top += chosen.spans;
        Some(node)
    }

    /// Its spans are not used any more: they are the last ones, for it holds no objects but those that are embedded.
    #[inline(always)]
    pub(super) fn drop_early(&mut self, node: usize) {
        self.top = node;
    }

    /// Adds a list's node, and returns where its first element is to be told.
    #[inline(always)]
    pub(super) fn add_list(&mut self, link: usize) -> Option<usize> {
        let node = self.add(2, Span::LIST, link)?;
        self.set(node + 1, Span::default())?;
        Some(node + 1)
    }

    pub(super) fn add_null(&mut self, link: usize) -> Option<()> {
        self.add(1, Span::NULL, link).map(drop)
    }

    #[inline(always)]
    pub(super) fn set(&mut self, place: usize, span: Span) -> Option<()> {
        *self.spans.get_mut(place)? = span;
        Some(())
    }

    /// Makes room for so many spans more.
    #[inline(always)]
    pub(super) fn make_room(&mut self, more: usize) -> Option<()> {
        if self.top + more > self.spans.len() { self.grow(more) } else { Some(()) }
    }

    #[cold]
    #[inline(never)]
    fn grow(&mut self, more: usize) -> Option<()> {
        if self.top + more > self.most {
            return None;
        }
        self.spans.resize((self.top + more).max(2 * self.spans.len()).max(FIRST), Span::default());
        Some(())
    }
}

/// Room for what is gathered.
pub(in crate::transform) struct Kept {
    pub(super) frames: Frames,
    /// What has to be written before it can be put in its place.
    pub(super) written: Vec<u8>,
}

impl Kept {
    const NONE: Self = Self { frames: Frames { spans: Vec::new(), top: 0, most: 0 }, written: Vec::new() };
}

thread_local! {
    /// Kept from one document to the next, so that in the long run nothing is allocated.
    static ROOM: RefCell<Kept> = const { RefCell::new(Kept::NONE) };
}

/// Does some work with room for what is gathered.
#[inline(always)]
pub(super) fn with_room(work: impl FnOnce(&mut Kept) -> bool) -> bool {
    ROOM.with(|room| {
        // An allocator could get here once more.
        let Ok(mut room) = room.try_borrow_mut() else { return false };
        let done = work(&mut room);
        if room.frames.spans.len() > KEPT || room.written.capacity() > KEPT_BYTES {
            *room = Kept::NONE;
        }
        done
    })
}
