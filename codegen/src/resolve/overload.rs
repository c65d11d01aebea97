//! Which overload a call means, by the rules of `parse_func.c` and `parse_oper.c`.

use super::Types;
use super::builtins::CastContext;
use super::coerce::TypeCategory;
use super::signature::{Operator, Signature};
use crate::catalog::{Builtin, Category, Type};

/// What a call gives for one parameter.
#[derive(Clone, Debug)]
pub struct Given {
    /// Its name in named notation.
    pub name: Option<String>,
    /// The type of the value; [`Builtin::UNKNOWN`] for a literal without one.
    pub ty: Type,
}

/// What becomes of a call.
#[derive(Debug)]
pub enum Choice<'s> {
    /// This overload is called, and a row of its result is of this type.
    One(&'s Signature, Type),
    /// Several fit, as far as the types are known; this is the result if they agree on it.
    Several(Option<Type>),
    /// None fits.
    Nothing,
}

/// An operator as it is applied.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Applied {
    /// What its first operand becomes.
    pub first: Type,
    /// What it gives.
    pub result: Type,
}

/// No operator accepts the operands.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct NoOperator;

/// An overload with the parameter types that the values of a call stand at.
#[derive(Clone)]
struct Candidate<T> {
    target: T,
    types: Vec<Type>,
}

impl Types<'_> {
    /// Chooses among overloads, those of one schema before those of the next on the search path. `spread` says that
    /// the last value is given with VARIADIC.
    pub fn choose<'s>(&self, overloads: &[&'s Signature], given: &[Given], spread: bool) -> Choice<'s> {
        let mut candidates: Vec<Candidate<&'s Signature>> = Vec::new();
        for &signature in overloads {
            let Some(types) = positions(signature, given, spread) else { continue };
            // What comes earlier on the search path hides the same parameters later.
            if candidates.iter().all(|other| other.types != types) {
                candidates.push(Candidate { target: signature, types });
            }
        }
        let types: Vec<Type> = given.iter().map(|given| given.ty.clone()).collect();
        let all = candidates.clone();
        match self.select(candidates, &types) {
            Selected::One(candidate) => {
                let result = self.result(&candidate.target.result, &candidate.types, &types);
                Choice::One(candidate.target, result)
            }
            Selected::Several => {
                let mut results =
                    all.iter().map(|candidate| self.result(&candidate.target.result, &candidate.types, &types));
                let first = results.next();
                Choice::Several(first.filter(|first| results.all(|other| other == *first)))
            }
            Selected::Nothing => Choice::Nothing,
        }
    }

    /// Chooses an operator; `Ok(None)` if several fit.
    ///
    /// # Errors
    /// If none fits.
    pub fn operator(&self, name: &str, left: Option<&Type>, right: &Type) -> Result<Option<Applied>, NoOperator> {
        let operators = || self.operators(name).filter(|op| op.left.is_some() == left.is_some());
        if let Some(found) = operators().find(|op| op.left.as_ref() == left && op.right == *right) {
            let first = left.unwrap_or(right).clone();
            return Ok(Some(Applied { first, result: found.result.clone() }));
        }
        let given: Vec<Type> = left.into_iter().chain([right]).cloned().collect();
        // A literal is first taken for what the other side is.
        if let (Some(left), true) = (left, given.iter().any(|ty| ty.is(Builtin::UNKNOWN))) {
            let known = if left.is(Builtin::UNKNOWN) { right } else { left };
            let base = self.catalog.base_type(known);
            let exact = |op: &&Operator| op.left.as_ref() == Some(base) && op.right == *base;
            if !known.is(Builtin::UNKNOWN)
                && let Some(found) = operators().find(exact)
            {
                return Ok(Some(Applied { first: base.clone(), result: found.result.clone() }));
            }
        }
        // Most operators of a name are of other types: they are passed over before anything is made of them.
        let fits = |op: &&Operator| {
            let wanted = op.left.iter().chain([&op.right]);
            wanted.zip(&given).all(|(wanted, given)| self.can_coerce(given, wanted, CastContext::Implicit))
        };
        let candidates: Vec<Candidate<&Operator>> = operators()
            .filter(fits)
            .map(|op| Candidate { target: op, types: op.left.iter().chain([&op.right]).cloned().collect() })
            .collect();
        match self.select(candidates, &given) {
            Selected::One(candidate) => {
                let result = self.result(&candidate.target.result, &candidate.types, &given);
                let first = match candidate.types.first() {
                    Some(Type::Builtin(wanted)) if wanted.is_polymorphic() => given.first().cloned(),
                    wanted => wanted.cloned(),
                };
                Ok(Some(Applied { first: first.unwrap_or_else(|| result.clone()), result }))
            }
            Selected::Several => Ok(None),
            Selected::Nothing => Err(NoOperator),
        }
    }

    /// Chooses among candidates by the types of the values.
    fn select<T: Copy>(&self, candidates: Vec<Candidate<T>>, given: &[Type]) -> Selected<T> {
        let exact = |candidate: &&Candidate<T>| candidate.types == given;
        if let Some(found) = candidates.iter().find(exact) {
            return Selected::One(found.clone());
        }
        let fits = |candidate: &Candidate<T>| {
            candidate
                .types
                .iter()
                .zip(given)
                .all(|(wanted, given)| self.can_coerce(given, wanted, CastContext::Implicit))
                && self.polymorphic_agree(&candidate.types, given)
        };
        let mut left: Vec<Candidate<T>> = candidates.into_iter().filter(fits).collect();
        if left.is_empty() {
            return Selected::Nothing;
        }
        // A type that is not known could decide for any of them.
        if left.len() > 1 && given.iter().any(Type::is_unknown) {
            return Selected::Several;
        }
        let bases: Vec<&Type> = given.iter().map(|ty| self.catalog.base_type(ty)).collect();
        let is_literal = |i: usize| bases[i].is(Builtin::UNKNOWN);
        keep_best(&mut left, |candidate| {
            count(given.len(), |i| !is_literal(i) && candidate.types.get(i) == Some(bases[i]))
        });
        keep_best(&mut left, |candidate| {
            count(given.len(), |i| {
                let wanted = candidate.types.get(i);
                !is_literal(i)
                    && wanted.is_some_and(|wanted| {
                        wanted == bases[i]
                            || self.is_preferred(wanted) && self.category(wanted) == self.category(bases[i])
                    })
            })
        });
        if left.len() > 1 {
            for i in (0..given.len()).filter(|&i| is_literal(i)) {
                self.decide_literal(&mut left, i);
            }
        }
        if left.len() > 1 {
            self.take_literals_as_the_rest(&mut left, &bases);
        }
        match (left.len(), left.pop()) {
            (1, Some(only)) => Selected::One(only),
            _ => Selected::Several,
        }
    }

    /// Of the candidates, those whose parameter at a literal's place is text, or of the category that all agree on.
    fn decide_literal<T>(&self, candidates: &mut Vec<Candidate<T>>, i: usize) {
        let text = TypeCategory::Builtin(Category::Text);
        let category_of = |candidate: &Candidate<T>| candidate.types.get(i).map(|ty| self.category(ty));
        let wanted = if candidates.iter().any(|candidate| category_of(candidate) == Some(text)) {
            Some(text)
        } else {
            let first = candidates.first().and_then(category_of);
            if candidates.iter().all(|candidate| category_of(candidate) == first) { first } else { None }
        };
        let Some(wanted) = wanted else { return };
        candidates.retain(|candidate| category_of(candidate) == Some(wanted));
        let preferred = |candidate: &Candidate<T>| candidate.types.get(i).is_some_and(|ty| self.is_preferred(ty));
        if candidates.iter().any(preferred) {
            candidates.retain(preferred);
        }
    }

    /// If all values but literals are of one type, takes the literals for that type too.
    fn take_literals_as_the_rest<T>(&self, candidates: &mut Vec<Candidate<T>>, bases: &[&Type]) {
        let mut known = bases.iter().filter(|ty| !ty.is(Builtin::UNKNOWN));
        let Some(first) = known.next() else { return };
        if known.any(|ty| ty != first) || bases.iter().all(|ty| !ty.is(Builtin::UNKNOWN)) {
            return;
        }
        let fits = |candidate: &Candidate<T>| {
            candidate.types.iter().all(|wanted| self.can_coerce(first, wanted, CastContext::Implicit))
        };
        if candidates.iter().filter(|candidate| fits(candidate)).count() == 1 {
            candidates.retain(fits);
        }
    }

    /// Whether the parameters of a polymorphic function can be of one type each: those of the `anyelement` family of
    /// the same, those of the `anycompatible` family of one that all become.
    fn polymorphic_agree(&self, wanted: &[Type], given: &[Type]) -> bool {
        let mut same: Vec<Type> = Vec::new();
        let mut compatible: Vec<Type> = Vec::new();
        for (wanted, given) in wanted.iter().zip(given) {
            let Type::Builtin(wanted) = wanted else { continue };
            if given.is(Builtin::UNKNOWN) || given.is_unknown() {
                continue;
            }
            let base = self.catalog.base_type(given);
            match *wanted {
                Builtin::ANYELEMENT | Builtin::ANYNONARRAY | Builtin::ANYENUM => same.push(base.clone()),
                Builtin::ANYARRAY => same.extend(element_of(base)),
                Builtin::ANYRANGE => same.extend(self.range_subtype(base)),
                Builtin::ANYCOMPATIBLE | Builtin::ANYCOMPATIBLENONARRAY => compatible.push(base.clone()),
                Builtin::ANYCOMPATIBLEARRAY => compatible.extend(element_of(base)),
                Builtin::ANYCOMPATIBLERANGE => compatible.extend(self.range_subtype(base)),
                _ => {}
            }
        }
        let common = self.common(&compatible);
        same.windows(2).all(|pair| pair[0] == pair[1])
            && compatible.iter().all(|ty| self.can_coerce(ty, &common, CastContext::Implicit))
    }

    /// The result of a call, with placeholders replaced by what is given.
    fn result(&self, result: &Type, wanted: &[Type], given: &[Type]) -> Type {
        let Type::Builtin(placeholder) = result else { return result.clone() };
        if !placeholder.is_polymorphic() {
            return result.clone();
        }
        let compatible = placeholder.name().starts_with("anycompatible");
        let mut elements = Vec::new();
        for (wanted, given) in wanted.iter().zip(given) {
            let Type::Builtin(wanted) = wanted else { continue };
            if !wanted.is_polymorphic() || wanted.name().starts_with("anycompatible") != compatible {
                continue;
            }
            let base = self.catalog.base_type(given);
            let element = match *wanted {
                Builtin::ANYARRAY | Builtin::ANYCOMPATIBLEARRAY => element_of(base).unwrap_or_else(|| base.clone()),
                Builtin::ANYRANGE | Builtin::ANYCOMPATIBLERANGE => match *placeholder {
                    Builtin::ANYRANGE | Builtin::ANYCOMPATIBLERANGE => return base.clone(),
                    Builtin::ANYMULTIRANGE | Builtin::ANYCOMPATIBLEMULTIRANGE => {
                        return self.range_multirange(base).unwrap_or_else(|| Builtin::UNKNOWN.into());
                    }
                    _ => self.range_subtype(base).unwrap_or_else(|| Builtin::UNKNOWN.into()),
                },
                Builtin::ANYMULTIRANGE | Builtin::ANYCOMPATIBLEMULTIRANGE => {
                    let range = self.multirange_range(base).unwrap_or_else(|| Builtin::UNKNOWN.into());
                    match *placeholder {
                        Builtin::ANYMULTIRANGE | Builtin::ANYCOMPATIBLEMULTIRANGE => return base.clone(),
                        Builtin::ANYRANGE | Builtin::ANYCOMPATIBLERANGE => return range,
                        _ => self.range_subtype(&range).unwrap_or_else(|| Builtin::UNKNOWN.into()),
                    }
                }
                _ => given.clone(),
            };
            elements.push(element);
        }
        let element = self.common(elements.iter());
        match *placeholder {
            Builtin::ANYARRAY | Builtin::ANYCOMPATIBLEARRAY => element.array(),
            _ => element,
        }
    }
}

enum Selected<T> {
    One(Candidate<T>),
    Several,
    Nothing,
}

fn element_of(ty: &Type) -> Option<Type> {
    match ty {
        Type::Array(element) => Some((**element).clone()),
        Type::Builtin(Builtin::INT2VECTOR) => Some(Builtin::INT2.into()),
        Type::Builtin(Builtin::OIDVECTOR) => Some(Builtin::OID.into()),
        _ => None,
    }
}

fn count(length: usize, test: impl Fn(usize) -> bool) -> usize {
    (0..length).filter(|&i| test(i)).count()
}

/// Keeps those with the highest score.
fn keep_best<T>(candidates: &mut Vec<Candidate<T>>, score: impl Fn(&Candidate<T>) -> usize) {
    if candidates.len() > 1 {
        let best = candidates.iter().map(&score).max().unwrap_or_default();
        candidates.retain(|candidate| score(candidate) == best);
    }
}

/// The types of the parameters at which the values of a call stand; `None` if they do not fit by number and names.
fn positions(signature: &Signature, given: &[Given], spread: bool) -> Option<Vec<Type>> {
    let positional = given.iter().take_while(|given| given.name.is_none()).count();
    let inputs = &signature.inputs;
    let takes_any_number = signature.variadic && !spread && positional == given.len() && given.len() >= inputs.len();
    if takes_any_number {
        return (0..given.len()).map(|i| signature.spread_type(i)).collect();
    }
    if spread && (!signature.variadic || given.len() != inputs.len()) {
        return None;
    }
    if given.len() > inputs.len() {
        return None;
    }
    let mut filled = vec![false; inputs.len()];
    let mut types = Vec::with_capacity(given.len());
    for (i, value) in given.iter().enumerate() {
        let at = match &value.name {
            None => i,
            Some(name) => inputs.iter().position(|input| input.name.as_ref() == Some(name))?,
        };
        if std::mem::replace(filled.get_mut(at)?, true) {
            return None;
        }
        types.push(inputs.get(at)?.ty.clone());
    }
    let complete = inputs.iter().zip(&filled).all(|(input, filled)| *filled || input.default);
    // Without VARIADIC the last parameter takes single values, and at least one; names go with VARIADIC alone.
    let left_out = positional == given.len() && !filled.last().copied().unwrap_or(true);
    let single = !signature.variadic || spread || left_out;
    (complete && single).then_some(types)
}
