//! The members of an interface against its fields.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic, MOST};
use crate::manifest::{Field, Name, Object, TypeRef, Union};
use crate::suggest;

/// Reports fields of the interface that `object`, one of its members, does not have as declared.
pub(super) fn check(
    interface: &Union,
    fields: &[Field],
    object: &Object,
    member: &Name,
    diagnostics: &mut Vec<Diagnostic>,
) {
    let own = object.fields.iter().map(|field| (field.key.text.as_str(), field)).collect::<HashMap<_, _>>();
    for field in fields {
        // Nobody reads more than these.
        if diagnostics.len() > MOST {
            return;
        }
        let key = &field.key.text;
        let Some(own) = own.get(key.as_str()) else {
            let message = format!("`{}` has no field `{key}`, which every `{}` has", member.text, interface.name.text);
            let diagnostic = Diagnostic::new(Code::INTERFACE_FIELD, message)
                .at(object.name.span, "a member of the interface")
                .and(field.key.span, "a field of the interface");
            let near = suggest::nearest(key, object.fields.iter().map(|own| own.key.text.as_str()));
            diagnostics.push(match near {
                Some(_) => suggest::did_you_mean(diagnostic, near),
                None => diagnostic.help("declare it there as well, or remove it from the interface"),
            });
            continue;
        };
        let differs = match (fits(&own.type_ref, &field.type_ref), own.client_name() == field.client_name()) {
            (false, _) => format!("is `{}`, and `{}` in `{}`", own.type_ref, field.type_ref, interface.name.text),
            (true, false) => {
                let (own, common) = (own.client_name(), field.client_name());
                format!("is called `{own}`, and `{common}` in `{}`", interface.name.text)
            }
            (true, true) => continue,
        };
        let message = format!("`{key}` of `{}` {differs}", member.text);
        diagnostics.push(
            Diagnostic::new(Code::INTERFACE_FIELD, message)
                .at(own.key.span, "the member's field")
                .and(field.key.span, "the interface's field")
                .note("as in GraphQL, a member may promise more than its interface, and no less")
                .help("declare both alike"),
        );
    }
}

/// Whether a value of the type `own` is always one of `common`.
fn fits(own: &TypeRef, common: &TypeRef) -> bool {
    if own.is_nullable() && !common.is_nullable() {
        return false;
    }
    match (own, common) {
        (TypeRef::Named { name: own, .. }, TypeRef::Named { name: common, .. }) => own == common,
        (TypeRef::List { element: own, .. }, TypeRef::List { element: common, .. }) => fits(own, common),
        _ => false,
    }
}
