//! The rule by which keys are renamed where no table names them: snake case to camel case, and back.
//!
//! Leading underscores and the character behind them stay as they are, and so does an underscore that no small letter follows: `line_1`. Within these
//! limits the two directions undo each other.

use super::text::{Quoted, Text};

/// Which way keys are renamed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rule {
    /// `order_number` to `orderNumber`.
    ToCamel,
    /// `orderNumber` to `order_number`.
    ToSnake,
}

/// What one object's keys hold. Two different keys can get the same name only where both marks are seen.
#[derive(Clone, Copy, Default)]
pub(super) struct Marks {
    underscore: bool,
    capital: bool,
}

impl Marks {
    pub(super) fn may_collide(self) -> bool {
        self.underscore && self.capital
    }
}

impl Rule {
    /// Renames a key without escapes piece by piece; `push` gets the pieces of the new name in order.
    pub(super) fn rename(self, key: &[u8], marks: &mut Marks, mut push: impl FnMut(&[u8])) {
        let fixed = key.iter().take_while(|&&byte| byte == b'_').count() + 1;
        let mut copied = 0;
        for at in fixed..key.len() {
            let underscore = key.get(at) == Some(&b'_');
            let (capital, after) = (key.get(at).filter(|byte| byte.is_ascii_uppercase()), key.get(at + 1));
            let small = after.filter(|byte| underscore && byte.is_ascii_lowercase());
            marks.capital |= capital.is_some();
            marks.underscore |= small.is_some();
            match (self, small, capital) {
                (Self::ToCamel, Some(small), _) => {
                    push(key.get(copied..at).unwrap_or_default());
                    push(&[small.to_ascii_uppercase()]);
                    copied = at + 2;
                }
                (Self::ToSnake, _, Some(capital)) => {
                    push(key.get(copied..at).unwrap_or_default());
                    push(&[b'_', capital.to_ascii_lowercase()]);
                    copied = at + 1;
                }
                _ => {}
            }
        }
        push(key.get(copied..).unwrap_or_default());
    }

    /// The new name of a key.
    pub(super) fn renamed(self, key: &[u8]) -> Vec<u8> {
        let mut name = Vec::with_capacity(key.len() + 4);
        self.rename(key, &mut Marks::default(), |piece| name.extend_from_slice(piece));
        name
    }

    /// The first name that two different keys of an object would share. `object` is its text, which was checked; keys that `skip` knows are left aside.
    ///
    /// It reads the object a second time and allocates: the price is paid only where an object mixes both ways of writing.
    #[cold]
    pub(super) fn collision(self, object: &[u8], skip: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let mut names: Vec<_> = keys(object)
            .into_iter()
            .map(|key| key.text().into_owned())
            .filter(|key| !skip(key))
            .map(|key| (self.renamed(&key), key))
            .collect();
        names.sort();
        let same =
            |pair: &&[(Vec<u8>, Vec<u8>)]| matches!(pair, [left, right] if left.0 == right.0 && left.1 != right.1);
        names.windows(2).find(same).and_then(|pair| pair.first()).map(|(name, _)| name.clone())
    }
}

/// The keys of an object, from its opening brace on, not those of the objects inside it.
fn keys(object: &[u8]) -> Vec<Quoted<'_>> {
    let mut keys = Vec::new();
    let mut text = Text::new(object);
    let mut depth = 0usize;
    while let Some(byte) = text.next_token() {
        if byte == b'"' {
            let Ok(string) = text.string() else { break };
            if depth == 1 && text.next_token() == Some(b':') {
                keys.push(string);
            }
            continue;
        }
        match byte {
            b'{' | b'[' => depth += 1,
            b'}' | b']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        text.at += 1;
    }
    keys
}
