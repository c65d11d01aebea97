//! Pieces of the parser's tree, with their places in the file.

use apollo_parser::cst::{self, CstNode};
use apollo_parser::{SyntaxKind, SyntaxToken};

use crate::manifest::{Name, TypeRef};
use crate::source::{FileId, Span};

/// A file whose tree is read; `mark` is the length of what stands before the parsed text.
#[derive(Clone, Copy)]
pub(super) struct File {
    pub(super) id: FileId,
    pub(super) mark: usize,
}

impl File {
    pub(super) fn span(self, start: usize, end: usize) -> Span {
        Span::new(self.id, self.mark + start, self.mark + end)
    }

    /// The place of a node without the white space and comments around it.
    pub(super) fn place(self, node: &impl CstNode) -> Span {
        let is_trivia = |token: &SyntaxToken| {
            matches!(token.kind(), SyntaxKind::WHITESPACE | SyntaxKind::COMMENT | SyntaxKind::COMMA)
        };
        let tokens = node.syntax().descendants_with_tokens().filter_map(|element| element.into_token());
        let ranges = tokens.filter(|token| !is_trivia(token)).map(|token| token.text_range());
        let whole = ranges.reduce(|first, last| first.cover(last)).unwrap_or_else(|| node.syntax().text_range());
        self.span(whole.start().into(), whole.end().into())
    }

    pub(super) fn name(self, name: Option<cst::Name>) -> Option<Name> {
        let name = name?;
        Some(Name { text: name.text().to_string(), span: self.place(&name) })
    }

    /// A string of the directive, with its quotes.
    pub(super) fn string(self, value: &cst::StringValue) -> Name {
        Name { text: String::from(value), span: self.place(value) }
    }

    pub(super) fn type_ref(self, ty: Option<cst::Type>) -> Option<TypeRef> {
        match ty? {
            cst::Type::NamedType(named) => self.named(Some(named), true),
            cst::Type::ListType(list) => self.list(Some(list), true),
            cst::Type::NonNullType(inner) => match inner.named_type() {
                Some(named) => self.named(Some(named), false),
                None => self.list(inner.list_type(), false),
            },
        }
    }

    fn named(self, named: Option<cst::NamedType>, nullable: bool) -> Option<TypeRef> {
        let Name { text: name, span } = self.name(named?.name())?;
        Some(TypeRef::Named { name, span, nullable })
    }

    fn list(self, list: Option<cst::ListType>, nullable: bool) -> Option<TypeRef> {
        Some(TypeRef::List { element: Box::new(self.type_ref(list?.ty())?), nullable })
    }
}

/// The first child of a kind: a definition and its `extend` hold the same ones.
pub(super) fn child<T: CstNode>(node: &impl CstNode) -> Option<T> {
    node.syntax().children().find_map(T::cast)
}

/// All children of a kind.
pub(super) fn children<T: CstNode>(node: &impl CstNode) -> impl Iterator<Item = T> {
    node.syntax().children().filter_map(T::cast)
}

/// A description's text, without the white space around it.
pub(super) fn description(description: Option<cst::Description>) -> Option<String> {
    let text = String::from(&description?.string_value()?);
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}
