//! Names of those who sign, compared as people.

/// Whether two signatures are one person's. Spaces inside a name (张 三) do not make another one.
pub fn same_person(one: &str, other: &str) -> bool {
    let letters = |name: &'_ str| name.chars().filter(|c| !c.is_whitespace()).collect::<Vec<_>>();
    one == other
        || (one.contains(char::is_whitespace) || other.contains(char::is_whitespace))
            && letters(one) == letters(other)
}

/// A short mark of a person, equal for all spellings that [`same_person`] takes for one; 0 is nobody's.
/// Two people may share one in four thousand millions.
pub fn mark(name: &str) -> u32 {
    let letters = name.chars().filter(|c| !c.is_whitespace());
    let mut hash = 0x811c_9dc5_u32;
    let mut any = false;
    for letter in letters {
        any = true;
        hash = (hash ^ u32::from(letter)).wrapping_mul(0x0100_0193);
    }
    if any { hash.max(1) } else { 0 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spaces_make_nobody_else() {
        for other in ["张三", "张 三", " 张三 ", "张\u{3000}三"] {
            assert!(same_person("张三", other), "{other:?}");
            assert_eq!(mark("张三"), mark(other), "{other:?}");
        }
        assert!(!same_person("张三", "张四"));
        assert_ne!(mark("张三"), mark("三张"));
        assert_eq!((mark(""), mark(" ")), (0, 0));
    }
}
