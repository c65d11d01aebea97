//! A document from its first byte to its last: by the inner loop as far as that goes, and by the walk from there on.

use std::marker::PhantomData;

use super::emit::Emission;
use super::frames::{Frames, Kept, MOST};
use super::gather::Selecting;
use super::lanes::{Lanes, Work};
use super::mode::{Gathered, Mode};
use super::output::{Output, SLACK};
use super::reader::{Reader, Tail};
use super::sprint::{Entry, Level, Sprint, Stopped};
use super::walk::{CALLS, Here, Place, Walk};
use crate::transform::buffer::Buffer;
use crate::transform::select::{Choice, Selection};
use crate::transform::settings::Transform;

/// One document, from its first byte to its last, written as it comes.
pub(super) struct Document<'w, B, M> {
    pub(super) transform: &'w Transform,
    pub(super) selection: Option<&'w Selection>,
    pub(super) document: &'w [u8],
    pub(super) out: &'w mut B,
    pub(super) mode: PhantomData<M>,
}

impl<L: Lanes, B: Buffer, M: Mode> Work<L> for Document<'_, B, M> {
    /// Whether it was canonical and of its type; otherwise `out` is as it was.
    type Done = bool;

    #[inline(always)]
    fn run(self, lanes: L) -> bool {
        let Self { transform, selection, document, out, .. } = self;
        let start = out.len();
        out.reserve(document.len() + document.len() / 4 + 2 * SLACK);
        let mut tail = Tail::NONE;
        tail.fill(document);
        let frames = &mut Frames::default();
        let mut selecting = selection.map(|selection| Selecting { selection, frames });
        let done = read::<L, B, M>(lanes, transform, Reader::new(document, &tail), out, selecting.as_mut());
        if !done {
            out.truncate(start);
        }
        done
    }
}

/// One document, of which is found first where everything is: then it is written.
pub(super) struct Gathering<'w, B> {
    pub(super) transform: &'w Transform,
    pub(super) selection: &'w Selection,
    pub(super) document: &'w [u8],
    pub(super) kept: &'w mut Kept,
    pub(super) out: &'w mut B,
}

impl<L: Lanes, B: Buffer> Work<L> for Gathering<'_, B> {
    /// See [`Document`].
    type Done = bool;

    #[inline(always)]
    fn run(self, lanes: L) -> bool {
        let Self { transform, selection, document, kept, out } = self;
        let Kept { frames, written } = kept;
        let start = out.len();
        let mut tail = Tail::NONE;
        tail.fill(document);
        frames.begin(document.len());
        written.clear();
        let mut selecting = Selecting { selection, frames };
        let reader = Reader::new(document, &tail);
        let mut done = read::<L, Vec<u8>, Gathered>(lanes, transform, reader, written, Some(&mut selecting));
        done &= written.len() <= MOST;
        if done {
            if !written.is_empty() {
                written.resize(written.len() + Emission::SLACK, 0);
            }
            out.reserve(document.len() + document.len() / 4 + 2 * SLACK);
            let (spans, choices) = (&selecting.frames.spans[..], &selection.choices[..]);
            let emission = Emission { document, tail: &tail, written, spans, choices };
            done = lanes.emit(&emission, out).is_some();
            if !done {
                out.truncate(start);
            }
        }
        done
    }
}

/// Reads a document to its end: whether it was canonical and of its type.
#[inline(always)]
fn read<'a, L: Lanes, B: Buffer, M: Mode>(
    lanes: L,
    transform: &'a Transform,
    reader: Reader<'a>,
    out: &mut B,
    selecting: Option<&mut Selecting<'a>>,
) -> bool {
    let (document, to) = (reader.document, out.len());
    let choice = selecting.as_ref().and_then(|selecting| selecting.selection.choices.first());
    let Some((here, left)) = Level::root(transform.object, choice, transform.depth) else { return false };
    let mut sprint = Sprint { reader, buffer: out, to, here, levels: None, height: 0, left, selecting };
    let mut high = L::High::default();
    let done = match lanes.sprint::<B, M>(&mut sprint, Entry::Document, &mut high) {
        Stopped::End => true,
        Stopped::Failed => false,
        stopped => {
            lanes.call(Rest::<L, B, M> { transform, choice, sprint, stopped, high: &mut high, mode: PhantomData })
        }
    };
    done && (!lanes.is_high(high) || std::str::from_utf8(document).is_ok())
}

/// What is left of a document where the inner loop stopped.
struct Rest<'w, 's, 'a, L: Lanes, B, M> {
    transform: &'a Transform,
    choice: Option<&'a Choice>,
    sprint: Sprint<'s, 'a, B>,
    stopped: Stopped<'a>,
    high: &'w mut L::High,
    mode: PhantomData<M>,
}

impl<L: Lanes, B: Buffer, M: Mode> Work<L> for Rest<'_, '_, '_, L, B, M> {
    type Done = bool;

    #[inline(always)]
    fn run(self, lanes: L) -> bool {
        let Self { transform, choice, sprint, stopped, high, .. } = self;
        let Sprint { reader, buffer, to, here: level, levels, height, left, selecting } = sprint;
        let output = Output::new(buffer, to);
        let mode = PhantomData;
        let calls = CALLS;
        let mut walk = Walk::<L, B, M> { lanes, transform, reader, output, high: *high, left, calls, selecting, mode };
        let root = Place { choice, ..Place::of(transform.object) };
        let done = match stopped {
            Stopped::AtOnce => {
                walk.left = transform.depth;
                walk.reader.byte(0) == b'{' && walk.object(root).is_some()
            }
            stopped => {
                let outermost = if height > 0 { levels.and_then(|levels| levels.first().copied()) } else { None };
                let mut here = Here { chosen: outermost.unwrap_or(level).chosen, ..Here::of(root) };
                walk.settle(stopped, level, height, levels, &mut here)
                    .and_then(|()| walk.key::<false>(&mut here))
                    .and_then(|next| walk.fields(here, next))
                    .is_some()
            }
        };
        let done = done && walk.reader.is_at_end();
        *high = walk.high;
        walk.output.finish();
        done
    }
}
