//! Turns the library's errors into ours, with the names that the caller may have meant.

use datafusion::common::{DataFusionError, SchemaError, utils::datafusion_strsim::levenshtein};

use crate::{Error, error::plain};

/// The error of a statement that could not be read.
pub(crate) fn of_syntax(error: &DataFusionError) -> Error {
    let text = plain(error);
    if text.contains("only supports a single SQL statement") {
        return Error::OneStatement(2);
    }
    if text.contains("No SQL statements were provided") {
        return Error::OneStatement(0);
    }
    Error::Syntax(text)
}

/// The error of planning or running a query. `known` are the names that exist for the session,
/// `absent` those whose tables were never written.
pub(crate) fn of_query(
    error: &DataFusionError,
    known: &[String],
    absent: &[String],
    memory: usize,
) -> Error {
    match error.find_root() {
        DataFusionError::SchemaError(schema, _) => of_schema(schema, error),
        DataFusionError::ResourcesExhausted(_) => Error::OutOfMemory(memory),
        DataFusionError::IoError(source) => {
            Error::Table { table: "*".to_owned(), reason: source.to_string() }
        }
        DataFusionError::ObjectStore(source) => {
            Error::Table { table: "*".to_owned(), reason: source.to_string() }
        }
        root => match unknown_table(&plain(root)) {
            Some(name) if absent.iter().any(|a| a.eq_ignore_ascii_case(&name)) => {
                Error::NothingYet(name)
            }
            Some(name) => {
                let near = near(&name, known.iter().chain(absent));
                Error::UnknownTable { name, near, known: known.to_vec() }
            }
            None => Error::Query(plain(root)),
        },
    }
}

fn of_schema(schema: &SchemaError, error: &DataFusionError) -> Error {
    match schema {
        SchemaError::FieldNotFound { field, valid_fields } => {
            let name = field.name.clone();
            let mut known: Vec<String> = valid_fields.iter().map(|f| f.name.clone()).collect();
            known.dedup();
            Error::UnknownColumn { near: near(&name, known.iter()), name, known }
        }
        _ => Error::Query(plain(error)),
    }
}

/// The name in `table 'zhibao.public.x' not found`.
fn unknown_table(text: &str) -> Option<String> {
    let name = text.strip_prefix("table '")?.strip_suffix("' not found")?;
    Some(name.rsplit('.').next().unwrap_or(name).to_owned())
}

/// Up to three names like `name`, the most similar first; a name that contains the other counts
/// before one that differs from it.
fn near<'a>(name: &str, known: impl Iterator<Item = &'a String>) -> Vec<String> {
    let wanted = name.to_lowercase();
    let length = wanted.chars().count();
    let mut scored: Vec<(bool, usize, &String)> = known
        .filter_map(|candidate| {
            let lower = candidate.to_lowercase();
            let shorter = length.min(lower.chars().count());
            let apart = shorter < 2 || !(lower.contains(&wanted) || wanted.contains(&lower));
            let distance = levenshtein(&wanted, &lower);
            let like = !apart || distance <= length.div_ceil(3).max(1);
            like.then_some((apart, distance, candidate))
        })
        .collect();
    scored.sort();
    scored.into_iter().take(3).map(|(.., candidate)| candidate.clone()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_found_in_both_scripts() {
        let known: Vec<String> =
            ["城市低保人数", "城市低保户数", "农村低保人数", "sa02"].map(str::to_owned).into();
        assert_eq!(near("城市低保人", known.iter()), ["城市低保人数", "城市低保户数"]);
        assert_eq!(near("SA01", known.iter()), ["sa02"]);
        assert!(near("婚姻登记", known.iter()).is_empty());
    }

    #[test]
    fn the_name_of_a_missing_table_is_read_off() {
        let name = unknown_table("table 'zhibao.public.社会救助' not found");
        assert_eq!(name.as_deref(), Some("社会救助"));
        assert_eq!(unknown_table("something else"), None);
    }
}
