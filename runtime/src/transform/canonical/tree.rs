//! JSON of no known type: copied without its spaces, or stepped over.

use super::lanes::{Lanes, Work};
use super::output::Output;
use super::reader::Reader;
use super::scalar::{scalar, string};
use crate::transform::DEPTH_LIMIT;
use crate::transform::buffer::Buffer;

/// The open objects and lists: one bit each, set for an object.
#[derive(Default)]
struct Nesting {
    objects: u128,
    depth: usize,
}

const _: () = assert!(DEPTH_LIMIT <= 128);

impl Nesting {
    fn open(&mut self, object: bool, limit: usize) -> Option<()> {
        self.objects = self.objects << 1 | u128::from(object);
        self.depth += 1;
        (self.depth <= limit).then_some(())
    }

    fn close(&mut self) {
        self.objects >>= 1;
        self.depth -= 1;
    }

    fn in_object(&self) -> bool {
        self.objects & 1 == 1
    }
}

/// Copies any value that is not nested deeper than `limit`.
pub(super) struct Tree<'w, 'a, 'o, B, H> {
    pub(super) reader: &'w mut Reader<'a>,
    pub(super) output: &'w mut Output<'o, B>,
    pub(super) high: &'w mut H,
    pub(super) limit: usize,
}

impl<L: Lanes, B: Buffer> Work<L> for Tree<'_, '_, '_, B, L::High> {
    type Done = Option<()>;

    #[inline(always)]
    fn run(self, lanes: L) -> Option<()> {
        copy(lanes, self.reader, self.output, self.high, self.limit)
    }
}

#[inline(always)]
fn copy<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<'_, B>,
    high: &mut L::High,
    limit: usize,
) -> Option<()> {
    let mut nesting = Nesting::default();
    loop {
        match (reader.byte(0), reader.byte(1)) {
            (open @ b'{', close @ b'}') | (open @ b'[', close @ b']') => {
                nesting.open(false, limit)?;
                nesting.close();
                reader.skip(2);
                output.put_byte(open);
                output.put_byte(close);
            }
            (open @ (b'{' | b'['), _) => {
                nesting.open(open == b'{', limit)?;
                reader.skip(1);
                output.put_byte(open);
                if open == b'{' {
                    key(lanes, reader, output, high)?;
                }
                continue;
            }
            _ => scalar(lanes, reader, output, high, true)?,
        }
        // Behind a value: the next one, or the end of what holds it.
        loop {
            if nesting.depth == 0 {
                return Some(());
            }
            match (reader.byte(0), reader.byte(1), nesting.in_object()) {
                (b',', b' ', object) => {
                    reader.skip(2);
                    output.put_byte(b',');
                    if object {
                        key(lanes, reader, output, high)?;
                    }
                    break;
                }
                (close @ b'}', _, true) | (close @ b']', _, false) => {
                    reader.skip(1);
                    output.put_byte(close);
                    nesting.close();
                }
                _ => return None,
            }
        }
    }
}

#[inline(always)]
fn key<L: Lanes, B: Buffer>(
    lanes: L,
    reader: &mut Reader<'_>,
    output: &mut Output<'_, B>,
    high: &mut L::High,
) -> Option<()> {
    if reader.byte(0) != b'"' {
        return None;
    }
    string(lanes, reader, output, high)?;
    if (reader.byte(0), reader.byte(1)) != (b':', b' ') {
        return None;
    }
    reader.skip(2);
    output.put_byte(b':');
    Some(())
}
