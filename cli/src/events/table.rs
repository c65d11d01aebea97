//! Rows for people.

use tokio_postgres::Row;

/// The rows below the names of their columns; every column has to be a text.
pub(super) fn render(columns: &[&str], rows: &[Row]) -> String {
    let head = columns.iter().map(|name| (*name).to_owned()).collect();
    let mut lines: Vec<Vec<String>> = vec![head];
    // What is not there is a dash, a line break must not look like a row's end.
    let cell = |row: &Row, at| {
        let text = row.try_get::<_, Option<String>>(at).ok().flatten();
        text.map_or_else(|| "-".to_owned(), |text| text.replace('\n', " "))
    };
    lines.extend(rows.iter().map(|row| (0..columns.len()).map(|at| cell(row, at)).collect()));
    let width = |at: usize| lines.iter().map(|line| line[at].chars().count()).max().unwrap_or(0);
    let widths: Vec<_> = (0..columns.len()).map(width).collect();
    let mut out = String::new();
    for line in &lines {
        let padded = line.iter().zip(&widths).map(|(text, width)| format!("{text:width$}", width = *width));
        out.push_str(padded.collect::<Vec<_>>().join("  ").trim_end());
        out.push('\n');
    }
    out
}
