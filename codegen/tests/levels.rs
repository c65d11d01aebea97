//! What a diagnostic does to a build, as the manifest and the build script set it.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test may stop at once when its set-up fails"
)]

use pgmutate_codegen::diagnostic::{Code, Level};
use pgmutate_codegen::project::{Generated, Project};
use pgmutate_codegen::sql::input::Inputs;

/// A declared code that is never answered (a warning) and an answered key that is not declared (an error).
const SQL: &str = "CREATE SCHEMA app;
CREATE FUNCTION app.ping() RETURNS jsonb LANGUAGE sql AS $$
    SELECT jsonb_build_object('success', true, 'code', 'SUCCESS', 'message', 'pong', 'at', now())
$$;";

fn generate(levels: &str, own: &[(Code, Level)]) -> Generated {
    let folder = tempfile::tempdir().unwrap();
    let (sql, manifest) = (folder.path().join("schema.sql"), folder.path().join("mutations.json"));
    std::fs::write(&sql, SQL).unwrap();
    let mutations =
        "\"mutations\": { \"ping\": { \"function\": \"app.ping\", \"success\": {}, \"errors\": [\"LATE\"] } }";
    std::fs::write(&manifest, format!("{{ \"version\": 1, \"levels\": {{ {levels} }}, {mutations} }}")).unwrap();
    let inputs = Inputs { schema: vec![sql], ..Inputs::default() };
    Project { inputs, manifest, levels: own.iter().copied().collect(), ..Project::default() }.generate()
}

fn told(generated: &Generated) -> Vec<(Code, Level)> {
    let mut told = generated.diagnostics.iter().map(|it| (it.code, it.level)).collect::<Vec<_>>();
    told.sort();
    told
}

fn has_error(generated: &Generated) -> bool {
    generated.files["mutations.rs"].contains("compile_error!")
}

#[test]
fn levels_are_those_of_the_manifest_and_first_of_all_of_the_build_script() {
    let (undeclared, unanswered) = (Code::UNDECLARED_KEY, Code::UNANSWERED_CODE);
    let usual = generate("", &[]);
    assert_eq!(told(&usual), [(undeclared, Level::Deny), (unanswered, Level::Warn)]);
    assert!(has_error(&usual));

    let lowered = generate("\"PGM231\": \"warn\", \"PGM246\": \"allow\"", &[]);
    assert_eq!(told(&lowered), [(undeclared, Level::Warn)]);
    assert!(!has_error(&lowered) && !lowered.is_broken());

    let overruled = generate("\"PGM231\": \"warn\"", &[(undeclared, Level::Allow), (unanswered, Level::Deny)]);
    assert_eq!(told(&overruled), [(unanswered, Level::Deny)]);
    assert!(has_error(&overruled));
}

#[test]
fn a_level_without_which_nothing_can_be_called_stays() {
    let generated = generate("", &[(Code::UNKNOWN_FUNCTION, Level::Allow)]);
    let [.., last] = generated.diagnostics.as_slice() else { panic!("nothing is told") };
    assert_eq!(last.message, "the level of PGM200 (\"a function does not exist\") cannot be lowered");
    assert_eq!(last.level, Level::Deny);
    for code in Code::ALL.iter().filter(|code| !code.is_lowerable()) {
        assert_eq!(code.default_level(), Level::Deny, "{code}");
    }
}
