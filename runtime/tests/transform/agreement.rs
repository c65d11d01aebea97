//! Every engine against the reference, on random types and documents.

use pgmutate::transform::{Missing, Transform, Unknown, make_tables};
use proptest::prelude::*;

use crate::random::{Dice, Writer, dice, types};
use crate::reference::{Reference, parse};
use crate::shop::{reversed, run};

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, ..ProptestConfig::default() })]

    #[test]
    fn every_engine_does_what_the_reference_does(numbers in dice(400), canonical: bool, mistakes in 0..4usize) {
        let mut dice = Dice(&numbers);
        let types = types(&mut dice);
        let tables = make_tables(&types).unwrap();
        let unknown = [Unknown::Drop, Unknown::Rename, Unknown::Refuse][dice.below(3)];
        let missing = [Missing::Refuse, Missing::Allow][dice.below(2)];
        let mut writer = Writer { types: &types, dice: &mut dice, canonical, back: false, mistakes, text: String::new() };
        writer.named("T0", 0);
        let document = writer.text;

        let reference = Reference { types: &types, unknown, missing, back: false };
        let expected = parse(document.as_bytes()).and_then(|tree| reference.object("T0", tree));
        let found = run(Transform::new(tables["T0"]).unknown(unknown).missing(missing), document.as_bytes());
        let tree = found.as_ref().ok().map(|text| parse(text.as_bytes()).unwrap());
        prop_assert_eq!(&tree, &expected, "{}\n{:?}", document, found);
    }

    #[test]
    fn the_way_back_does_what_the_reference_does(numbers in dice(400), canonical: bool, mistakes in 0..3usize) {
        let mut dice = Dice(&numbers);
        let types = types(&mut dice);
        let tables = make_tables(&types).unwrap();
        let mut writer = Writer { types: &types, dice: &mut dice, canonical, back: true, mistakes, text: String::new() };
        writer.named("T0", 0);
        let document = writer.text;

        let reference = Reference { types: &types, unknown: Unknown::Refuse, missing: Missing::Refuse, back: true };
        let expected = parse(document.as_bytes()).and_then(|tree| reference.object("T0", tree));
        let found = reversed(&document, tables["T0"]);
        let tree = found.as_ref().ok().map(|text| parse(text.as_bytes()).unwrap());
        prop_assert_eq!(&tree, &expected, "{}\n{:?}", document, found);
    }

    /// Bytes are exchanged, cut out and doubled: whatever comes, the engines agree.
    #[test]
    fn engines_agree_on_damaged_documents(numbers in dice(300), damage in prop::collection::vec((any::<u16>(), any::<u8>(), 0..4u8), 1..4)) {
        let mut dice = Dice(&numbers);
        let types = types(&mut dice);
        let tables = make_tables(&types).unwrap();
        let mut writer = Writer { types: &types, dice: &mut dice, canonical: true, back: false, mistakes: 0, text: String::new() };
        writer.named("T0", 0);
        let mut document = writer.text.into_bytes();
        for (place, byte, kind) in damage {
            let place = usize::from(place) % document.len().max(1);
            match kind {
                _ if document.is_empty() => {}
                0 => document[place] = byte,
                1 => { document.remove(place); }
                2 => document.insert(place, b"\"\\{}[],: 0e-."[usize::from(byte) % 13]),
                _ => document.truncate(place),
            }
        }
        let found = run(Transform::new(tables["T0"]).missing(Missing::Allow), &document);
        if std::str::from_utf8(&document).is_err() {
            prop_assert!(found.is_err());
        }
        if let Ok(text) = found {
            prop_assert!(serde_json::from_str::<serde::de::IgnoredAny>(&text).is_ok(), "{}", text);
        }
    }
}
