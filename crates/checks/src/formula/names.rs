//! From a name in a formula to its indicator: code, SQL name, or line number.

use model::{Catalog, FormIx, Indicator, IndicatorIx};

use super::FormulaError;

/// The indicator that `name` means, looked for in `forms` before the others.
pub(crate) fn find(
    name: &str,
    catalog: &Catalog,
    forms: &[FormIx],
) -> Result<IndicatorIx, FormulaError> {
    let by_code = catalog
        .indicator_by_code(name)
        .or_else(|| catalog.indicator_by_code(&name.to_ascii_uppercase()));
    if let Some(indicator) = by_code {
        return Ok(indicator);
    }
    let line = name.strip_prefix(['L', 'l']).and_then(|line| line.parse::<u16>().ok());
    let inside = |indicator: &Indicator| forms.is_empty() || forms.contains(&indicator.form);
    let matches = match line {
        Some(line) => candidates(catalog, |i| i.line == line && inside(i)),
        None => {
            let near = candidates(catalog, |i| i.sql_zh == name && inside(i));
            if near.is_empty() { candidates(catalog, |i| i.sql_zh == name) } else { near }
        }
    };
    match matches[..] {
        [indicator] => Ok(indicator),
        [] => Err(unknown(name, catalog, forms)),
        _ => Err(ambiguous(name, catalog, &matches)),
    }
}

fn candidates(catalog: &Catalog, wanted: impl Fn(&Indicator) -> bool) -> Vec<IndicatorIx> {
    let places = (0u16..).map(IndicatorIx);
    places.zip(&catalog.indicators).filter(|(_, i)| wanted(i)).map(|(place, _)| place).collect()
}

fn unknown(name: &str, catalog: &Catalog, forms: &[FormIx]) -> FormulaError {
    let codes: Vec<&str> = forms.iter().map(|&form| catalog.form(form).code.as_str()).collect();
    let forms = if codes.is_empty() { "the check's form".to_owned() } else { codes.join(" ") };
    FormulaError::UnknownName { name: name.to_owned(), forms }
}

fn ambiguous(name: &str, catalog: &Catalog, matches: &[IndicatorIx]) -> FormulaError {
    let codes: Vec<&str> = matches.iter().map(|&i| catalog.indicator(i).code.as_str()).collect();
    FormulaError::AmbiguousName { name: name.to_owned(), candidates: codes.join(" or ") }
}
