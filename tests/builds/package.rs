//! A package outside the workspace, as a user's is, with the shop's SQL and manifest as its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// The package; every test of a mistake makes it, builds and mends it again.
pub(crate) struct Package {
    /// Its own: packages of one name would take each other's build scripts out of the target folder that they share.
    name: &'static str,
    folder: PathBuf,
    /// Its targets: path and text.
    targets: &'static [(&'static str, &'static str)],
}

impl Package {
    /// A package of that name, with these targets.
    pub(crate) fn new(name: &'static str, targets: &'static [(&'static str, &'static str)]) -> Self {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("builds").join(name);
        let package = Self { name, folder, targets };
        package.lay_out();
        package
    }

    /// Writes every file as it is when nothing is wrong.
    fn lay_out(&self) {
        let workspace = Path::new(WORKSPACE).canonicalize().unwrap();
        let path = |folder: &str| workspace.join(folder).display().to_string();
        let name = self.name;
        self.write(
            "Cargo.toml",
            &format!(
                "[package]\nname = {name:?}\nversion = \"0.0.0\"\nedition = \"2024\"\nbuild = \"build.rs\"\n\n\
                 [workspace]\n\n\
                 [dependencies]\npgmutate = {{ path = {:?} }}\n\n\
                 [build-dependencies]\npgmutate-codegen = {{ path = {:?} }}\n",
                path("runtime"),
                path("codegen")
            ),
        );
        fs::copy(workspace.join("Cargo.lock"), self.folder.join("Cargo.lock")).unwrap();
        self.write(
            "build.rs",
            "fn main() {\n    pgmutate_codegen::configure().sql(\"sql\").manifest(\"mutations.json\").compile();\n}\n",
        );
        for (path, text) in self.targets {
            self.write(path, text);
        }
        let shop = workspace.join("fixtures/shop");
        self.write("mutations.json", &fs::read_to_string(shop.join("mutations.json")).unwrap());
        for entry in fs::read_dir(shop.join("sql")).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            self.write(&format!("sql/{name}"), &fs::read_to_string(path).unwrap());
        }
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        if fs::read_to_string(&path).is_ok_and(|present| present == text) {
            return;
        }
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }

    /// What `cargo check` says of the targets that `selection` tells, of all but tests and examples without one.
    fn check(&self, selection: &[&str]) -> Output {
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let mut command = Command::new(cargo);
        // The outer cargo's settings for the outer package are none of the inner one's.
        for (name, _) in std::env::vars_os() {
            let text = name.to_string_lossy();
            if text.starts_with("CARGO_") && text != "CARGO_HOME" || text == "OUT_DIR" || text == "RUSTFLAGS" {
                command.env_remove(&name);
            }
        }
        command
            .args(["check", "--quiet", "--offline", "--color=never", "--target-dir", "../target"])
            .args(selection)
            .current_dir(&self.folder)
            .output()
            .expect("cargo starts")
    }

    /// Builds the package as it is; it must have nothing to say.
    pub(crate) fn builds(&self) {
        self.lay_out();
        let output = self.check(&[]);
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success() && !stderr.contains("warning: [PGM"), "the shop must build:\n{stderr}");
    }

    /// Builds the package with edits that are no mistakes.
    pub(crate) fn builds_with(&self, edits: &[(&str, &str, &str)]) {
        self.edit("an edit", edits);
        let output = self.check(&[]);
        assert!(output.status.success(), "it must build:\n{}", String::from_utf8_lossy(&output.stderr));
    }

    fn edit(&self, name: &str, edits: &[(&str, &str, &str)]) {
        self.lay_out();
        for (file, from, to) in edits {
            let text = fs::read_to_string(self.folder.join(file)).unwrap();
            assert!(text.contains(from), "{name}: `{file}` does not hold `{from}`");
            self.write(file, &text.replace(from, to));
        }
    }

    /// Makes one mistake, builds, and compares every word with what is expected.
    pub(crate) fn breaks(&self, name: &str, edits: &[(&str, &str, &str)]) {
        self.edit(name, edits);
        let output = self.check(&[]);
        let said = self.normalised(&String::from_utf8_lossy(&output.stderr));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("builds/expected/{name}.stderr"));
        if std::env::var_os("UPDATE_GOLDEN").is_some() {
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, &said).unwrap();
        }
        let expected = fs::read_to_string(&path).unwrap_or_default();
        assert!(!output.status.success(), "{name}: the build must fail, and said:\n{said}");
        assert!(said == expected, "{name}: the build said\n{said}\nand is expected to say\n{expected}");
    }

    /// Edits files that cargo knows of already, and checks one target; the error must hold these texts.
    pub(crate) fn breaks_target(&self, selection: &str, edits: &[(&str, &str, &str)], texts: &[&str]) {
        self.lay_out();
        let output = self.check(&[selection]);
        assert!(output.status.success(), "{selection}:\n{}", String::from_utf8_lossy(&output.stderr));
        self.edit(selection, edits);
        let output = self.check(&[selection]);
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(!output.status.success() && texts.iter().all(|text| said.contains(text)), "{selection}:\n{said}");
    }

    /// Without what differs from machine to machine.
    fn normalised(&self, stderr: &str) -> String {
        let folder = self.folder.canonicalize().unwrap();
        let workspace = Path::new(WORKSPACE).canonicalize().unwrap();
        let mut text = stderr.replace(&folder.display().to_string(), "PACKAGE");
        text = text.replace(&workspace.display().to_string(), "WORKSPACE");
        let lines = text.lines().map(|line| match line.find("PACKAGE/../target/debug/build/") {
            Some(start) => {
                // The folder of a build script's output has a hash in its name.
                let end = line[start..].find("/out").map_or(line.len(), |end| start + end + "/out".len());
                format!("{}OUT_DIR{}", &line[..start], &line[end..])
            }
            None => line.to_owned(),
        });
        lines.collect::<Vec<_>>().join("\n") + "\n"
    }
}
