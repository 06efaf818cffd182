//! Refuses sums and means over what does not add up: ratios and standards.
//!
//! A sum of percentages has no meaning, and a mean of them is not the percentage of the whole:
//! numerators and denominators are summed first and divided last; a standard is weighted by those
//! who receive it.

use datafusion::{
    catalog::Session,
    common::{DataFusionError, tree_node::TreeNode, tree_node::TreeNodeRecursion},
    datasource::source_as_provider,
    logical_expr::{Expr, LogicalPlan, expr::AggregateFunction},
};
use model::{
    Catalog, Indicator, IndicatorIx,
    indicator::{Kind, Reading, RollUpRule, Term},
};

use crate::{
    describe::{INDICATOR, MIXED},
    error::{Error, plain},
    long::LongFacts,
    origin::{self, Origin},
};

/// Functions that add values up.
const ADDING: [&str; 2] = ["sum", "avg"];

/// Looks at every sum and mean of an optimised plan, in which filters stand at their tables.
pub(crate) fn check(
    plan: &LogicalPlan,
    catalog: &Catalog,
    session: &dyn Session,
) -> Result<(), Error> {
    let mut refused = None;
    let walk = origin::every_node(plan, |node| {
        for (function, argument) in sums_of(node)? {
            for input in node.inputs() {
                for origin in origin::of_expr(&argument, input)? {
                    if refused.is_none() {
                        refused = refusal(&function, &argument, &origin, catalog, session)?;
                    }
                }
            }
        }
        Ok(())
    });
    walk.map_err(|error| Error::Query(plain(&error)))?;
    refused.map_or(Ok(()), Err)
}

/// Name and argument of each adding function that one node computes.
fn sums_of(node: &LogicalPlan) -> Result<Vec<(String, Expr)>, DataFusionError> {
    let exprs: &[Expr] = match node {
        LogicalPlan::Aggregate(aggregate) => &aggregate.aggr_expr,
        LogicalPlan::Window(window) => &window.window_expr,
        _ => &[],
    };
    let mut sums = Vec::new();
    for expr in exprs {
        expr.apply(|part| {
            let (name, args) = match part {
                Expr::AggregateFunction(AggregateFunction { func, params }) => {
                    (func.name(), &params.args)
                }
                Expr::WindowFunction(call) => (origin::window_name(&call.fun), &call.params.args),
                _ => return Ok(TreeNodeRecursion::Continue),
            };
            if ADDING.contains(&name) {
                sums.extend(args.iter().map(|arg| (name.to_owned(), arg.clone())));
            }
            Ok(TreeNodeRecursion::Continue)
        })?;
    }
    Ok(sums)
}

/// Why `function(argument)` over a stored column is refused, if it is.
fn refusal(
    function: &str,
    argument: &Expr,
    origin: &Origin<'_>,
    catalog: &Catalog,
    session: &dyn Session,
) -> Result<Option<Error>, DataFusionError> {
    let field = origin.scan.projected_schema.field(origin.column);
    let refuse = |indicator: &Indicator, zh: String, en: String| Error::DoesNotAddUp {
        function: function.to_owned(),
        column: short(argument),
        indicator: format!("{} {}", indicator.code, indicator.zh),
        standard: indicator.kind == Kind::Standard,
        remedy_zh: zh,
        remedy_en: en,
    };
    if field.metadata().contains_key(MIXED) {
        let provider = source_as_provider(&origin.scan.source)?;
        let Some(long) = provider.downcast_ref::<LongFacts>() else { return Ok(None) };
        let selected = long.selected(session, &origin.scan.filters)?;
        let first = selected.iter().map(|&i| catalog.indicator(i)).find(|i| !adds_up(i.kind));
        return Ok(first.map(|indicator| {
            refuse(
                indicator,
                "请用 WHERE 指明可相加的指标，或加条件 kind NOT IN ('ratio', 'standard')（视图“指标值”：类型 NOT IN ('比率', '标准')）".into(),
                "select indicators that add up in WHERE, or add kind NOT IN ('ratio', 'standard')".into(),
            )
        }));
    }
    let code = field.metadata().get(INDICATOR).and_then(|code| catalog.indicator_by_code(code));
    let Some(indicator) = code.map(|place| catalog.indicator(place)) else { return Ok(None) };
    if adds_up(indicator.kind) {
        return Ok(None);
    }
    let (zh, en) = remedy(indicator, catalog);
    Ok(Some(refuse(indicator, zh, en)))
}

/// Whether values of several units may be added.
pub(crate) fn adds_up(kind: Kind) -> bool {
    !matches!(kind, Kind::Ratio | Kind::Standard)
}

/// The argument without table names, which views make up.
fn short(argument: &Expr) -> String {
    let mut columns: Vec<&str> =
        argument.column_refs().into_iter().map(|column| column.name.as_str()).collect();
    columns.sort_unstable();
    columns.join(", ")
}

/// What to compute in place of the sum, in Chinese and English.
fn remedy(indicator: &Indicator, catalog: &Catalog) -> (String, String) {
    match &indicator.rollup {
        RollUpRule::Ratio(ratio) => {
            let percent = if ratio.percent { " * 100" } else { "" };
            let sum = |terms: &[Term], zh| {
                terms.iter().map(|t| part(t, catalog, zh)).collect::<Vec<_>>().join(" + ")
            };
            let of = |zh| (sum(&ratio.numerator, zh), sum(&ratio.denominator, zh));
            let ((over, under), (above, below)) = (of(true), of(false));
            (
                format!("先分别汇总分子与分母，最后相除：({over}){percent} / ({under})"),
                format!("sum its parts and divide last: ({above}){percent} / ({below})"),
            )
        }
        RollUpRule::WeightedMean(weights) => {
            let by = |name: fn(&Indicator) -> &str| {
                let all = weights.iter().map(|&w| name(catalog.indicator(w)));
                all.collect::<Vec<_>>().join(" + ")
            };
            let (zh, en) = (by(|i| &i.sql_zh), by(|i| &i.code).to_lowercase());
            let (own, code) = (&indicator.sql_zh, indicator.code.to_lowercase());
            (
                format!("请按享受对象加权：sum({own} * ({zh})) / sum({zh})"),
                format!("weight it by those who receive it: sum({code} * ({en})) / sum({en})"),
            )
        }
        _ => (
            "请读取上级单位已汇总的行".to_owned(),
            "read the row of the unit above, which is rolled up by its own rule".to_owned(),
        ),
    }
}

/// One term of a ratio as a sum.
fn part(term: &Term, catalog: &Catalog, zh: bool) -> String {
    let indicator = catalog.indicator(IndicatorIx(term.indicator.0));
    let name = if zh { indicator.sql_zh.clone() } else { indicator.code.to_lowercase() };
    let reading = match (term.reading, zh) {
        (Reading::Value, _) => "",
        (Reading::Increment, true) => " 的当期增量",
        (Reading::Increment, false) => " as the increment of the period",
        (Reading::Months, true) => " 的各月末之和",
        (Reading::Months, false) => " over the month ends of the period",
    };
    let factor = if term.factor == 1 { String::new() } else { format!(" * {}", term.factor) };
    format!("sum({name}){reading}{factor}")
}
