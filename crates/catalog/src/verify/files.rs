//! Files in `forms` that belong to no form: most likely a form without a head.

use std::{fs, path::Path};

use crate::{Problem, consequences::Broken, read::forms::Heads};

/// Reports them, unless the heads are incomplete anyway; their indicators count as broken.
pub(crate) fn unclaimed(
    dir: &Path,
    heads: &Heads,
    broken: &mut Broken,
    problems: &mut Vec<Problem>,
) {
    let mut names: Vec<String> = fs::read_dir(dir.join("forms"))
        .into_iter()
        .flatten()
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok())
        .filter(|name| name.ends_with(".csv") && !name.starts_with('.') && name != "forms.csv")
        .collect();
    names.sort_unstable();
    for name in names {
        if heads.forms.iter().any(|form| format!("{}.csv", form.table()) == name) {
            continue;
        }
        broken.forms.insert(name.trim_end_matches(".csv").to_ascii_uppercase());
        if heads.incomplete {
            continue;
        }
        problems.push(
            Problem::new(
                format!("forms/{name}"),
                0,
                "forms/forms.csv 中没有这张报表",
                "no form of forms/forms.csv has this file",
            )
            .remedy(
                "在 forms/forms.csv 补上表头一行，或删去该文件",
                "add its head to forms/forms.csv, or remove the file",
            ),
        );
    }
}
