//! The SQL broken on purpose: what a build says of it.

use std::error::Error;
use std::fs;
use std::io::IsTerminal;
use std::path::Path;

use pgmutate_codegen::diagnostic::{Renderer, render};
use pgmutate_test_support::Server;

use crate::{shop, show};

/// One edit of the shop: a key of `app.create_order`'s answer gets another name.
const FILE: &str = "sql/09_order_mutations.sql";
const KEY: &str = "'order_number', v_order";
const RENAMED: &str = "'order_no', v_order";

/// Checks a copy of the shop in which a key was renamed, and prints the error that `cargo build` would stop with.
pub(crate) fn show(server: &Server) -> Result<(), Box<dyn Error>> {
    show::title("The same shop with one key renamed in SQL: the error that stops `cargo build`");
    show::line(format_args!("- {KEY}\n+ {RENAMED}\n"));
    // A private server's folder goes with the server, whatever becomes of this program.
    let copy = match server.folder() {
        Ok(folder) => tempfile::tempdir_in(folder)?,
        Err(_) => tempfile::tempdir()?,
    };
    copy_folder(&shop::folder(), copy.path())?;
    let path = copy.path().join(FILE);
    let sql = fs::read_to_string(&path)?;
    let edited = sql.replace(KEY, RENAMED);
    if edited == sql {
        return Err(format!("`{FILE}` does not hold `{KEY}` any more: bring this example up to date").into());
    }
    fs::write(&path, edited)?;

    let generated = shop::project(copy.path()).generate();
    let renderer = if std::io::stdout().is_terminal() { Renderer::styled() } else { Renderer::plain() };
    for diagnostic in &generated.diagnostics {
        show::line(format_args!("{}\n", render(diagnostic, &generated.sources, &renderer)));
    }
    if !generated.is_broken() {
        return Err("the renamed key went unnoticed".into());
    }
    show::line("That was all: docs/guide.md says how to do the same with your own SQL.");
    Ok(())
}

fn copy_folder(from: &Path, to: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() {
            copy_folder(&entry.path(), &target)?;
        } else {
            fs::copy(entry.path(), target)?;
        }
    }
    Ok(())
}
