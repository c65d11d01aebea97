//! Writes what was gathered, in the order of the selection: each key, and each value from where it is.

use super::frames::Span;
use super::output::Output;
use super::reader::Tail;
use crate::transform::buffer::Buffer;
use crate::transform::pattern::Prefix;
use crate::transform::select::{Choice, Chosen, Holds};

/// How many bytes are copied in one step.
const STEP: usize = 32;

/// What is copied without asking how long it is.
pub(super) const SHORT: usize = 2 * STEP;

/// What a key and a short value take at most.
const ROOM: usize = Prefix::ROOM + SHORT;

/// Where everything is that is to be written.
pub(in crate::transform) struct Emission<'e> {
    pub(super) document: &'e [u8],
    pub(super) tail: &'e Tail,
    /// What could not be copied from the document, and [`SLACK`](Self::SLACK) bytes more.
    pub(super) written: &'e [u8],
    pub(super) spans: &'e [Span],
    pub(super) choices: &'e [Choice],
}

impl<'e> Emission<'e> {
    pub(super) const SLACK: usize = SHORT;

    /// The spans of an object's node behind its own.
    #[inline(always)]
    pub(super) fn fields(&self, node: usize, chosen: &Chosen) -> Option<&'e [Span]> {
        self.spans.get(node + 1..node + chosen.spans)
    }

    /// Writes all of it in safe steps.
    pub(super) fn write<B: Buffer>(&self, out: &mut B) -> Option<()> {
        let start = out.len();
        let mut output = Output::new(out, start);
        self.node(0, self.choices.first()?, &mut output)?;
        output.finish();
        Some(())
    }

    fn node<B: Buffer>(&self, node: usize, choice: &Choice, output: &mut Output<'_, B>) -> Option<()> {
        match self.spans.get(node)?.len {
            Span::NULL => output.put(b"null", 4),
            Span::LIST => {
                output.put_byte(b'[');
                let mut next = self.spans.get(node + 1)?.at as usize;
                while next != 0 {
                    self.node(next, choice, output)?;
                    next = self.spans.get(next)?.at as usize;
                    if next != 0 {
                        output.put_byte(b',');
                    }
                }
                output.put_byte(b']');
            }
            number => return self.object(node, choice.types.get(number as usize)?, output),
        }
        Some(())
    }

    #[inline(always)]
    pub(super) fn object<B: Buffer>(&self, node: usize, chosen: &Chosen, output: &mut Output<'_, B>) -> Option<()> {
        let spans = self.fields(node, chosen)?;
        if chosen.steps.is_empty() {
            output.put_byte(b'{');
        }
        let mut steps = chosen.steps.iter();
        while let Some(step) = steps.next() {
            let room: &mut [u8; ROOM] = output.room(ROOM).first_chunk_mut()?;
            let (text, key) = (step.text.bytes(), step.text.len());
            *room.first_chunk_mut::<STEP>()? = *text.first_chunk()?;
            let Span { at, len } = spans.get(step.span).copied().unwrap_or_default();
            let (at, len) = (at as usize, len as usize);
            let from = match step.holds {
                Holds::Scalar => self.document,
                Holds::Written => self.written,
                Holds::Nothing => {
                    *room.first_chunk_mut()? = *text;
                    output.keep(key);
                    continue;
                }
                Holds::Embedded(count) => {
                    output.keep(key);
                    if at == 0 {
                        output.put(b"null", 4);
                        steps = steps.as_slice().get(count..)?.iter();
                    }
                    continue;
                }
                Holds::Objects(choice) => {
                    output.keep(key);
                    match at {
                        0 => output.put(b"null", 4),
                        at if at == Span::EMPTY_LIST.at as usize => output.put(b"[]", 2),
                        node => self.node(node, self.choices.get(choice)?, output)?,
                    }
                    continue;
                }
            };
            let value = room.get_mut(key..key + SHORT)?;
            if len == 0 {
                value.get_mut(..4)?.copy_from_slice(b"null");
                output.keep(key + 4);
                continue;
            }
            if len > SHORT {
                output.keep(key);
                output.put_text(from.get(at..at + len)?);
                continue;
            }
            let short = match from.get(at..at + SHORT) {
                Some(short) => short,
                None => self.tail.bytes.get(at.checked_sub(self.tail.start)?..)?.get(..SHORT)?,
            };
            value.first_chunk_mut::<STEP>()?.copy_from_slice(short.first_chunk::<STEP>()?);
            if len > STEP {
                value.last_chunk_mut::<STEP>()?.copy_from_slice(short.last_chunk::<STEP>()?);
            }
            output.keep(key + len);
        }
        output.put_byte(b'}');
        Some(())
    }
}
