//! One mistake, one diagnostic: what only follows from another mistake is left out, and what is repeated is said once.

use std::collections::{HashMap, HashSet};

use crate::diagnostic::{Code, Diagnostic, Label, first};
use crate::source::Span;

/// Codes of what the SQL answers, reads and logs against what the manifest declares.
const COMPARED: std::ops::Range<u16> = 230..260;

/// Codes of the manifest alone.
const MANIFEST: std::ops::Range<u16> = 100..200;

/// A name that does not exist is shown at this many places; of more, their number is told.
const SHOWN: usize = 5;

/// Leaves one diagnostic of each mistake.
pub(super) fn each(diagnostics: &mut Vec<Diagnostic>) {
    let primary = |diagnostic: &Diagnostic| diagnostic.primary.as_ref().map(|label| label.span);
    let own = diagnostics.iter().filter(|diagnostic| MANIFEST.contains(&diagnostic.code.number())).filter_map(primary);
    let own = own.collect::<HashSet<Span>>();
    diagnostics.retain(|diagnostic| {
        let mut labels = diagnostic.primary.iter().chain(&diagnostic.secondary);
        // A declaration that is wrong in itself is compared with the SQL when it has been mended.
        !COMPARED.contains(&diagnostic.code.number()) || !labels.any(|label| own.contains(&label.span))
    });
    let mut kept: Vec<Diagnostic> = Vec::with_capacity(diagnostics.len());
    let mut named: HashMap<(Code, String), (usize, usize)> = HashMap::new();
    for diagnostic in diagnostics.drain(..) {
        if ![Code::UNKNOWN_TYPE, Code::UNKNOWN_ENTITY, Code::UNKNOWN_TABLE].contains(&diagnostic.code) {
            kept.push(diagnostic);
            continue;
        }
        let (index, places) = named.entry((diagnostic.code, diagnostic.message.clone())).or_insert((kept.len(), 0));
        *places += 1;
        match (kept.get_mut(*index), diagnostic.primary) {
            (Some(kept), Some(label)) if *places <= SHOWN => {
                kept.secondary.push(Label { span: label.span, text: "named here as well".to_owned() });
            }
            (Some(_), _) => {}
            (None, primary) => kept.push(Diagnostic { primary, ..diagnostic }),
        }
    }
    for (index, places) in named.into_values().filter(|(_, places)| *places > SHOWN) {
        if let Some(diagnostic) = kept.get_mut(index) {
            diagnostic.notes.push(format!("it is named at {places} places in all"));
        }
    }
    *diagnostics = first(kept);
}
