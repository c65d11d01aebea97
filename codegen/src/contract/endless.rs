//! Types that contain themselves: where that is fine but needs a `Box`, and where no value of them could ever end.

use std::collections::HashMap;

use crate::diagnostic::{Code, Diagnostic};
use crate::manifest::{Field, Object, TypeRef};

/// Which types contain each other.
pub(super) struct Rings<'m> {
    /// The ring that a type belongs to; one that contains no other of itself is a ring alone.
    of: HashMap<&'m str, usize>,
}

impl<'m> Rings<'m> {
    /// Finds the types that contain each other other than through a list.
    pub(super) fn find(types: &'m [Object]) -> Self {
        let graph = Graph::new(types, |_| true);
        let rings = graph.rings();
        Self { of: types.iter().map(|object| object.name.text.as_str()).zip(rings).collect() }
    }

    /// Whether `owner` holds itself by holding a value of this type.
    pub(super) fn closes(&self, owner: &str, field: &TypeRef) -> bool {
        let TypeRef::Named { name, .. } = field else { return false };
        matches!((self.of.get(owner), self.of.get(name.as_str())), (Some(a), Some(b)) if a == b)
    }
}

/// Reports every ring of types that need each other: no list, no null, no end.
pub(super) fn check(types: &[Object], diagnostics: &mut Vec<Diagnostic>) {
    let graph = Graph::new(types, |field| !field.type_ref.is_nullable());
    let rings = graph.rings();
    let mut reported = vec![false; types.len()];
    for start in 0..types.len() {
        let Some(&ring) = rings.get(start) else { continue };
        if std::mem::replace(&mut reported[ring], true) {
            continue;
        }
        let steps = graph.round(start, &rings);
        let Some(((owner, field), others)) = steps.split_first() else { continue };
        let through = others.iter().map(|(owner, _)| format!("`{}`", owner.name.text)).collect::<Vec<_>>();
        let through = if through.is_empty() { String::new() } else { format!(" through {}", through.join(", ")) };
        let (name, span) = field.type_ref.named();
        let mut diagnostic =
            Diagnostic::new(Code::ENDLESS_TYPE, format!("`{}` contains itself{through}", owner.name.text))
                .at(span, format!("every `{}` needs a `{name}`", owner.name.text));
        for (owner, field) in others {
            let (name, span) = field.type_ref.named();
            diagnostic = diagnostic.and(span, format!("every `{}` needs a `{name}`", owner.name.text));
        }
        diagnostics.push(
            diagnostic.note("no value of it could ever end").help("let a field on the way be null, or make it a list"),
        );
    }
}

/// Types as nodes, fields that hold one of them other than in a list as edges.
struct Graph<'m> {
    types: &'m [Object],
    edges: Vec<Vec<(usize, &'m Field)>>,
}

impl<'m> Graph<'m> {
    fn new(types: &'m [Object], counts: impl Fn(&Field) -> bool) -> Self {
        let index = types.iter().enumerate().map(|(index, object)| (object.name.text.as_str(), index));
        let index = index.collect::<HashMap<_, _>>();
        let edge = |field: &'m Field| match &field.type_ref {
            TypeRef::Named { name, .. } if counts(field) => Some((*index.get(name.as_str())?, field)),
            _ => None,
        };
        let edges = types.iter().map(|object| object.fields.iter().filter_map(edge).collect()).collect();
        Self { types, edges }
    }

    /// The strongly connected component of every node, by Kosaraju's algorithm; no recursion, as a manifest may be long.
    fn rings(&self) -> Vec<usize> {
        let mut backward = vec![Vec::new(); self.edges.len()];
        for (from, edges) in self.edges.iter().enumerate() {
            for (to, _) in edges {
                backward[*to].push(from);
            }
        }
        let mut rings = vec![usize::MAX; self.edges.len()];
        for root in self.finished().into_iter().rev() {
            let mut open = vec![root];
            while let Some(node) = open.pop() {
                if rings[node] == usize::MAX {
                    rings[node] = root;
                    open.extend(&backward[node]);
                }
            }
        }
        rings
    }

    /// The nodes in the order in which a depth-first search is done with them.
    fn finished(&self) -> Vec<usize> {
        let mut finished = Vec::with_capacity(self.edges.len());
        let mut seen = vec![false; self.edges.len()];
        for root in 0..self.edges.len() {
            let mut path = if std::mem::replace(&mut seen[root], true) { Vec::new() } else { vec![(root, 0)] };
            while let Some((node, next)) = path.last_mut() {
                match self.edges[*node].get(*next) {
                    Some((to, _)) => {
                        *next += 1;
                        if !std::mem::replace(&mut seen[*to], true) {
                            path.push((*to, 0));
                        }
                    }
                    None => {
                        finished.push(*node);
                        path.pop();
                    }
                }
            }
        }
        finished
    }

    /// The fields of one way round the ring of `start`; none if there is no way round.
    fn round(&self, start: usize, rings: &[usize]) -> Vec<(&'m Object, &'m Field)> {
        let mut steps: Vec<(usize, &'m Field)> = Vec::new();
        let mut at = start;
        let mut visited = HashMap::new();
        loop {
            if let Some(first) = visited.insert(at, steps.len()) {
                let round = steps.split_off(first);
                return round.into_iter().map(|(owner, field)| (&self.types[owner], field)).collect();
            }
            let Some((to, field)) = self.edges[at].iter().find(|(to, _)| rings[*to] == rings[at]) else {
                return Vec::new();
            };
            steps.push((at, field));
            at = *to;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::manifest;
    use crate::source::SourceMap;

    fn inputs(types: &[(&str, &[&str])]) -> Vec<Object> {
        let objects = types.iter().map(|(name, fields)| {
            let fields = fields.iter().enumerate().map(|(index, ty)| format!("\"f{index}\": \"{ty}\""));
            format!("\"{name}\": {{ \"fields\": {{ {} }} }}", fields.collect::<Vec<_>>().join(", "))
        });
        let objects = objects.collect::<Vec<_>>().join(", ");
        let mut sources = SourceMap::new();
        let file = sources.add("m", format!("{{ \"version\": 1, \"inputs\": {{ {objects} }} }}")).unwrap();
        manifest::read(&sources, file).unwrap().inputs
    }

    fn messages(types: &[(&str, &[&str])]) -> Vec<String> {
        let mut diagnostics = Vec::new();
        check(&inputs(types), &mut diagnostics);
        diagnostics.into_iter().map(|diagnostic| diagnostic.message).collect()
    }

    #[test]
    fn only_what_needs_itself_is_endless() {
        assert_eq!(messages(&[("A", &["B!"]), ("B", &["A", "[A!]!", "C!"]), ("C", &["Int!"])]), [""; 0]);
        assert_eq!(messages(&[("A", &["A!"])]), ["`A` contains itself"]);
        let round = [("D", ["A!"].as_slice()), ("A", &["B!"]), ("B", &["C!"]), ("C", &["A!", "B!"])];
        assert_eq!(messages(&round), ["`A` contains itself through `B`, `C`"]);
    }

    #[test]
    fn a_box_closes_a_ring() {
        let types = inputs(&[("A", &["B", "[A!]!"]), ("B", &["A", "C!"]), ("C", &["Int!"])]);
        let rings = Rings::find(&types);
        let closes = |index: usize, field: usize| {
            let owner: &Object = &types[index];
            rings.closes(&owner.name.text, &owner.fields[field].type_ref)
        };
        assert!(closes(0, 0) && closes(1, 0));
        assert!(!closes(0, 1) && !closes(1, 1) && !closes(2, 0));
    }

    #[test]
    fn a_long_chain_takes_no_stack() {
        let names = (0..20_000).map(|index| (format!("T{index}"), format!("T{}!", index + 1))).collect::<Vec<_>>();
        let fields = names.iter().map(|(name, field)| (name.as_str(), [field.as_str()])).collect::<Vec<_>>();
        let types = fields.iter().map(|(name, fields)| (*name, fields.as_slice())).collect::<Vec<_>>();
        assert_eq!(messages(&types), [""; 0]);
    }
}
