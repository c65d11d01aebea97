//! Finds the type of a union's member before its first field is read.

use crate::transform::table::{Object, Union};
use crate::transform::text::Text;

/// Reads ahead, from an object's opening brace on, to the discriminator. In jsonb's order it is usually among the first keys.
///
/// It looks at strings and brackets only: what is between them is checked when it is copied.
#[inline(never)]
pub(super) fn find_member(object: &[u8], union: &'static Union) -> Option<&'static Object> {
    let mut text = Text::new(object);
    let mut depth = 0usize;
    loop {
        match text.peek()? {
            b'"' => {
                let key = text.string().ok()?;
                if depth == 1 && text.take(b':') && key.raw == union.discriminator().as_bytes() {
                    return discriminated(text, union);
                }
                continue;
            }
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.checked_sub(1).filter(|&depth| depth > 0)?,
            _ => {}
        }
        text.at += 1;
    }
}

/// The member for the discriminator's value, from the space behind its key on.
fn discriminated(mut text: Text<'_>, union: &'static Union) -> Option<&'static Object> {
    if !text.take(b' ') || text.peek() != Some(b'"') {
        return None;
    }
    let value = text.string().ok()?;
    if value.escaped { None } else { union.member(value.raw) }
}
