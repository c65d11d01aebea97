//! SQL with places for names: `{{schema}}`.

/// Values for the places of a template.
#[derive(Clone)]
pub(super) struct Template {
    values: Vec<(&'static str, String)>,
    dollar_quote: String,
}

impl Template {
    /// A template without values. Its dollar quotes are chosen so that none of `names` can end one.
    pub(super) fn new(names: Vec<&str>) -> Template {
        let free = |tag: &str| !names.iter().any(|name| name.contains(&format!("${tag}")));
        let tag =
            std::iter::once("pgmutate".to_owned()).chain((1..).map(|n| format!("pgmutate_{n}"))).find(|tag| free(tag));
        Template { values: Vec::new(), dollar_quote: format!("${}$", tag.unwrap_or_default()) }
    }

    /// Gives a place its value, for all later fillings.
    pub(super) fn set(&mut self, place: &'static str, value: String) {
        self.values.retain(|(known, _)| *known != place);
        self.values.push((place, value));
    }

    /// The same with one more value.
    pub(super) fn with(&self, place: &'static str, value: String) -> Template {
        let mut template = self.clone();
        template.set(place, value);
        template
    }

    /// The text with every place filled, in one pass: a value is never searched for places.
    pub(super) fn fill(&self, text: &str) -> String {
        let mut filled = String::with_capacity(text.len());
        let mut rest = text;
        while let Some((before, behind)) = rest.split_once("{{") {
            filled.push_str(&self.quote(before));
            let (place, after) = behind.split_once("}}").unwrap_or((behind, ""));
            let value = self.values.iter().find(|(known, _)| *known == place);
            debug_assert!(value.is_some(), "a template names the unknown place `{place}`");
            filled.push_str(value.map_or("", |(_, value)| value));
            rest = after;
        }
        filled.push_str(&self.quote(rest));
        filled
    }

    fn quote(&self, text: &str) -> String {
        text.replace("$pgmutate$", &self.dollar_quote)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fills_each_place_once() {
        let mut template = Template::new(vec![]);
        template.set("a", "{{b}}".to_owned());
        template.set("b", "two".to_owned());
        assert_eq!(template.fill("{{a}} and {{b}}"), "{{b}} and two");
    }

    #[test]
    fn no_name_ends_a_dollar_quote() {
        assert_eq!(Template::new(vec!["app", "a$b"]).fill("$pgmutate$"), "$pgmutate$");
        assert_eq!(Template::new(vec!["x$pgmutate$ DROP"]).fill("$pgmutate$"), "$pgmutate_1$");
        assert_eq!(Template::new(vec!["$pgmutate_1$"]).fill("$pgmutate$"), "$pgmutate_2$");
    }
}
