//! The generator as a build script uses it.

use std::path::{Path, PathBuf};

use crate::diagnostic::{Code, Level, one_line};
use crate::emit::Times;
use crate::output;
use crate::project::{Generated, Project};
use crate::sql::input::{MigrationFolder, Tool};

/// Names the SQL and the manifest; made by [`configure`](crate::configure).
///
/// Paths are relative to the package, as everything in a build script is.
#[derive(Clone, Default, Debug)]
#[must_use = "nothing is generated before `compile`"]
pub struct Builder {
    project: Project,
    out_dir: Option<PathBuf>,
}

impl Builder {
    /// Adds schema files: a file, a folder or a pattern such as `sql/**/*.sql`. Their order means nothing.
    pub fn sql(mut self, path: impl Into<PathBuf>) -> Self {
        self.project.inputs.schema.push(path.into());
        self
    }

    /// Adds a folder of migrations, whose tool is told by their names.
    pub fn migrations(mut self, folder: impl Into<PathBuf>) -> Self {
        self.project.inputs.migrations.push(MigrationFolder { path: folder.into(), tool: None });
        self
    }

    /// Adds a folder of migrations of a tool.
    pub fn migrations_of(mut self, tool: Tool, folder: impl Into<PathBuf>) -> Self {
        self.project.inputs.migrations.push(MigrationFolder { path: folder.into(), tool: Some(tool) });
        self
    }

    /// Adds stubs: declarations of what other schemas and extensions bring.
    pub fn external(mut self, path: impl Into<PathBuf>) -> Self {
        self.project.inputs.external.push(path.into());
        self
    }

    /// Names the manifest.
    pub fn manifest(mut self, path: impl Into<PathBuf>) -> Self {
        self.project.manifest = path.into();
        self
    }

    /// Says what a diagnostic does to the build, whatever the manifest says of it.
    ///
    /// The level of a mistake without whose mending nothing could be called stays [`Level::Deny`], and the build says so.
    pub fn level(mut self, code: Code, level: Level) -> Self {
        self.project.levels.insert(code, level);
        self
    }

    /// Says what the runtime crate is called here, where Cargo.toml renames it: `::db_mutations`.
    pub fn runtime(mut self, path: impl Into<String>) -> Self {
        self.project.settings.runtime = path.into();
        self
    }

    /// Lets the types of this crate stand for dates and times, instead of those of `pgmutate::types`.
    ///
    /// `pgmutate` needs the feature of the same name. What the crate cannot hold, such as `infinity`, is an error where it is read.
    pub fn times(mut self, times: Times) -> Self {
        self.project.settings.times = Some(times);
        self
    }

    /// Gives types serde's derives: inputs `Deserialize` and `Serialize`, answers and events `Serialize`, all with the names that clients know.
    ///
    /// The crate needs `serde` itself, and `pgmutate` its feature `serde`. Derives of serde take far longer to compile than all else that is generated.
    pub fn serde(mut self) -> Self {
        self.project.settings.serde = true;
        self
    }

    /// Names the Rust type of a scalar, as `"rust"` under `scalars` in the manifest does: `("DateTime", "crate::Moment")`.
    pub fn scalar(mut self, name: impl Into<String>, rust: impl Into<String>) -> Self {
        self.project.scalars.insert(name.into(), rust.into());
        self
    }

    /// Writes to this folder instead of `OUT_DIR`.
    pub fn out_dir(mut self, folder: impl Into<PathBuf>) -> Self {
        self.out_dir = Some(folder.into());
        self
    }

    /// Generates in memory, and returns what a build script would print and write.
    pub fn try_compile(&self) -> Generated {
        self.located().generate()
    }

    /// Generates into `OUT_DIR`, and tells cargo of mistakes and of the files to watch.
    ///
    /// A mistake in SQL or manifest becomes a `compile_error!` in the generated file, at the place where the crate includes
    /// it, so that the rest of the crate still compiles and an editor keeps every name. Where nothing can be generated, the
    /// build script fails.
    pub fn compile(self) {
        let project = self.located();
        for path in watched(&project) {
            println!("cargo::rerun-if-changed={}", path.display());
        }
        let generated = project.generate();
        let warnings = generated.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Warn);
        for warning in warnings {
            println!("cargo::warning={}", one_line(warning, &generated.sources));
        }
        let folder = self.out_dir.clone().or_else(|| std::env::var_os("OUT_DIR").map(PathBuf::from));
        let Some(folder) = folder else {
            return fail("OUT_DIR is not set: call `compile` in a build script, or name a folder with `out_dir`");
        };
        if generated.files.is_empty() {
            return report_all(&generated);
        }
        if let Err(error) = output::write(&folder, &generated.files) {
            fail(&error.to_string());
        }
    }

    /// The project with paths as the file system has them and names as cargo's own messages have them.
    fn located(&self) -> Project {
        let mut project = self.project.clone();
        let package = std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default();
        project.root = project.root.or_else(|| workspace_root(&package));
        let locate = |path: &mut PathBuf| {
            // A pattern, or a file that is missing, has no canonical form and stays as it was written.
            if let Ok(full) = package.join(&*path).canonicalize() {
                *path = full;
            }
        };
        project.inputs.schema.iter_mut().for_each(locate);
        project.inputs.external.iter_mut().for_each(locate);
        project.inputs.migrations.iter_mut().map(|folder| &mut folder.path).for_each(locate);
        locate(&mut project.manifest);
        project
    }
}

/// The folder that rustc's messages are relative to: the workspace's, which holds the lock file.
fn workspace_root(package: &Path) -> Option<PathBuf> {
    let package = package.canonicalize().ok()?;
    package.ancestors().find(|folder| folder.join("Cargo.lock").is_file()).map(Path::to_path_buf)
}

/// The files and folders whose change asks for another run; of a pattern, the folder in front of its first wildcard.
fn watched(project: &Project) -> Vec<PathBuf> {
    let inputs = &project.inputs;
    let paths = inputs.schema.iter().chain(&inputs.external).chain(inputs.migrations.iter().map(|folder| &folder.path));
    let fixed = |path: &PathBuf| {
        let plain = |part: &std::path::Component<'_>| !part.as_os_str().to_string_lossy().contains(['*', '?', '[']);
        path.components().take_while(plain).collect::<PathBuf>()
    };
    paths.map(fixed).chain([project.manifest.clone()]).collect()
}

/// With this line cargo fails the build, whatever the script's exit code.
fn fail(message: &str) {
    println!("cargo::error={message}");
}

fn report_all(generated: &Generated) {
    for diagnostic in generated.diagnostics.iter().filter(|diagnostic| diagnostic.level == Level::Deny) {
        fail(&one_line(diagnostic, &generated.sources));
    }
}
