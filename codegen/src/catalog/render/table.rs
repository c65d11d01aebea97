//! The functions as a table for people, with what was not understood below it.

use super::super::{Catalog, Origin, Security, Volatility};
use super::{place, result, signature};
use crate::resolve::Checked;
use crate::source::SourceMap;

/// One line for each function, with columns that are as wide as their longest entry.
pub fn table(catalog: &Catalog, bodies: &Checked, sources: &SourceMap) -> String {
    let mut rows = vec![["FUNCTION", "RETURNS", "KIND", "LANGUAGE", "ATTRIBUTES", "AT"].map(str::to_owned)];
    for (_, function) in catalog.functions().filter(|(_, f)| !matches!(f.origin, Origin::Extension(_))) {
        let mut attributes = Vec::new();
        match function.volatility {
            Volatility::Immutable => attributes.push("immutable"),
            Volatility::Stable => attributes.push("stable"),
            Volatility::Volatile => {}
        }
        if function.strict {
            attributes.push("strict");
        }
        if function.security == Security::Definer {
            attributes.push("security definer");
        }
        rows.push([
            signature(catalog, function),
            result(catalog, function),
            function.return_kind(catalog).word().to_owned(),
            function.language.clone(),
            attributes.join(", "),
            place(sources, function.spans.map(|spans| spans.name)).unwrap_or_default(),
        ]);
    }
    let mut text = aligned(&rows);
    let unknown = super::unknown(catalog, bodies);
    text.push_str(&format!(
        "\n{} statements read, {} bodies with {} statements and {} expressions, {} expressions outside of bodies; {} not understood\n",
        catalog.statements(),
        bodies.bodies,
        bodies.tally.statements,
        bodies.tally.expressions,
        bodies.standing.expressions,
        unknown.len()
    ));
    for (span, reason) in unknown {
        text.push_str(&format!("  {}: {reason}\n", sources.location(span)));
    }
    text
}

fn aligned<const N: usize>(rows: &[[String; N]]) -> String {
    let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or_default();
    let widths: [usize; N] = std::array::from_fn(width);
    let mut text = String::new();
    for row in rows {
        let cells: Vec<String> = row.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        text.push_str(cells.join("  ").trim_end());
        text.push('\n');
    }
    text
}
