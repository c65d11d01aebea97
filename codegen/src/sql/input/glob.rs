//! Path patterns: `*` and `?` within a name, `**` for any number of folders, `[a-z]` for one character.

/// Whether a path is a pattern.
pub(super) fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '['])
}

/// Whether the path, split at its slashes, matches the pattern, split likewise.
pub(super) fn matches(pattern: &[&str], path: &[&str]) -> bool {
    // As for names below: one `**` to come back to is enough, so the time is bounded by the product of the lengths.
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < path.len() {
        match pattern.get(p) {
            Some(&"**") => {
                back = Some((p, n));
                p += 1;
                continue;
            }
            Some(name) if name_matches(name, path[n]) => {
                p += 1;
                n += 1;
                continue;
            }
            _ => {}
        }
        let Some((star, taken)) = back else { return false };
        back = Some((star, taken + 1));
        (p, n) = (star + 1, taken + 1);
    }
    pattern[p..].iter().all(|name| *name == "**")
}

fn name_matches(pattern: &str, name: &str) -> bool {
    let pattern: Vec<char> = pattern.chars().collect();
    let name: Vec<char> = name.chars().collect();
    let (mut p, mut n) = (0, 0);
    let mut back: Option<(usize, usize)> = None;
    while n < name.len() {
        if pattern.get(p) == Some(&'*') {
            back = Some((p, n));
            p += 1;
            continue;
        }
        if let Some(next) = one(&pattern, p, name[n]) {
            p = next;
            n += 1;
            continue;
        }
        let Some((star, taken)) = back else { return false };
        back = Some((star, taken + 1));
        (p, n) = (star + 1, taken + 1);
    }
    pattern[p..].iter().all(|c| *c == '*')
}

/// Matches one character with the pattern at `p`; gives where the pattern goes on.
fn one(pattern: &[char], p: usize, c: char) -> Option<usize> {
    match pattern.get(p)? {
        '?' => Some(p + 1),
        '[' => {
            let Some(length) = pattern[p + 1..].iter().skip(1).position(|c| *c == ']').map(|i| i + 1) else {
                return (c == '[').then_some(p + 1);
            };
            let class = &pattern[p + 1..=p + length];
            let (negated, class) = match class {
                ['!' | '^', rest @ ..] if !rest.is_empty() => (true, rest),
                _ => (false, class),
            };
            (in_class(class, c) != negated).then_some(p + length + 2)
        }
        literal => (*literal == c).then_some(p + 1),
    }
}

fn in_class(class: &[char], c: char) -> bool {
    let mut i = 0;
    while let Some(&low) = class.get(i) {
        match (class.get(i + 1), class.get(i + 2)) {
            (Some('-'), Some(&high)) => {
                if low <= c && c <= high {
                    return true;
                }
                i += 3;
            }
            _ => {
                if low == c {
                    return true;
                }
                i += 1;
            }
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(pattern: &str, path: &str) -> bool {
        let split = |s: &'static str| s.split('/').collect::<Vec<_>>();
        let leak = |s: &str| -> &'static str { Box::leak(s.to_owned().into_boxed_str()) };
        matches(&split(leak(pattern)), &split(leak(path)))
    }

    #[test]
    fn patterns_match_names_and_folders() {
        assert!(check("sql/*.sql", "sql/a.sql"));
        assert!(!check("sql/*.sql", "sql/b/a.sql"));
        assert!(check("sql/**/*.sql", "sql/a.sql"));
        assert!(check("sql/**/*.sql", "sql/b/c/a.sql"));
        assert!(check("**/f?o[0-9a].sql", "x/fao7.sql"));
        assert!(!check("**/f?o[!0-9].sql", "x/fao7.sql"));
        assert!(check("[]].sql", "].sql"));
        assert!(check("a[b.sql", "a[b.sql"));
        assert!(check("sql/**", "sql/b/a.sql"));
    }

    #[test]
    fn many_stars_take_no_exponential_time() {
        assert!(!check(&"*a".repeat(50), &"a".repeat(49)));
        assert!(!check(&format!("{}b", "**/".repeat(30)), &"a/".repeat(200)));
    }
}
