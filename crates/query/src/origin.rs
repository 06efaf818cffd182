//! From which stored columns a computed column takes its values unchanged in kind: the trace that
//! decides whether a sum over it means anything.

use datafusion::{
    common::{Column, DataFusionError, Result, tree_node::TreeNodeRecursion},
    logical_expr::{
        Aggregate, BinaryExpr, Distinct, Expr, Join, LogicalPlan, Operator, TableScan, Window,
        WindowFunctionDefinition, utils::grouping_set_to_exprlist,
    },
};

/// A stored column at the end of a trace.
#[derive(Clone, Debug)]
pub(crate) struct Origin<'a> {
    /// The scan that reads it, with the filters that were pushed into it.
    pub(crate) scan: &'a TableScan,
    /// Its place in the scan's output.
    pub(crate) column: usize,
}

/// Aggregates and window functions that return one of their inputs as it is.
const CHOOSING: [&str; 10] = [
    "min",
    "max",
    "first_value",
    "last_value",
    "nth_value",
    "any_value",
    "median",
    "lag",
    "lead",
    "array_agg",
];

/// Scalar functions whose result is a value of the same kind as their arguments.
const KEEPING: [&str; 11] = [
    "coalesce", "nvl", "nvl2", "nullif", "greatest", "least", "round", "trunc", "floor", "ceil",
    "abs",
];

/// The stored columns whose values flow into `expr` over the output of `input`.
///
/// A product with another column ends the trace: a ratio times its denominator is a part again.
pub(crate) fn of_expr<'a>(expr: &Expr, input: &'a LogicalPlan) -> Result<Vec<Origin<'a>>> {
    let mut found = Vec::new();
    collect(expr, input, &mut found)?;
    Ok(found)
}

fn collect<'a>(expr: &Expr, input: &'a LogicalPlan, found: &mut Vec<Origin<'a>>) -> Result<()> {
    match expr {
        Expr::Column(column) => of_named(column, input, found),
        Expr::Alias(alias) => collect(&alias.expr, input, found),
        Expr::Cast(cast) => collect(&cast.expr, input, found),
        Expr::TryCast(cast) => collect(&cast.expr, input, found),
        Expr::Negative(inner) => collect(inner, input, found),
        Expr::BinaryExpr(BinaryExpr { left, op, right }) => {
            let constant = |side: &Expr| side.column_refs().is_empty();
            match op {
                Operator::Plus | Operator::Minus => {
                    collect(left, input, found)?;
                    collect(right, input, found)
                }
                Operator::Multiply | Operator::Divide if constant(right) => {
                    collect(left, input, found)
                }
                Operator::Multiply if constant(left) => collect(right, input, found),
                _ => Ok(()),
            }
        }
        Expr::Case(case) => {
            let results = case.when_then_expr.iter().map(|(_, then)| then);
            results.chain(&case.else_expr).try_for_each(|then| collect(then, input, found))
        }
        Expr::ScalarFunction(call) if KEEPING.contains(&call.name()) => {
            call.args.iter().try_for_each(|arg| collect(arg, input, found))
        }
        Expr::AggregateFunction(call) if CHOOSING.contains(&call.func.name()) => {
            call.params.args.iter().try_for_each(|arg| collect(arg, input, found))
        }
        Expr::WindowFunction(call) if CHOOSING.contains(&window_name(&call.fun)) => {
            call.params.args.iter().try_for_each(|arg| collect(arg, input, found))
        }
        _ => Ok(()),
    }
}

/// Name of an aggregate or window function over a window.
pub(crate) fn window_name(function: &WindowFunctionDefinition) -> &str {
    match function {
        WindowFunctionDefinition::AggregateUDF(function) => function.name(),
        WindowFunctionDefinition::WindowUDF(function) => function.name(),
    }
}

fn of_named<'a>(column: &Column, plan: &'a LogicalPlan, found: &mut Vec<Origin<'a>>) -> Result<()> {
    match plan.schema().maybe_index_of_column(column) {
        Some(place) => of_output(place, plan, found),
        // An outer reference of a correlated subquery: its own plan is looked at when it is reached.
        None => Ok(()),
    }
}

/// The stored columns behind output column `place` of `plan`.
fn of_output<'a>(place: usize, plan: &'a LogicalPlan, found: &mut Vec<Origin<'a>>) -> Result<()> {
    match plan {
        LogicalPlan::TableScan(scan) => {
            found.push(Origin { scan, column: place });
            Ok(())
        }
        LogicalPlan::Projection(projection) => {
            collect(&projection.expr[place], &projection.input, found)
        }
        LogicalPlan::Aggregate(aggregate) => of_aggregate(place, aggregate, found),
        LogicalPlan::Window(window) => of_window(place, window, found),
        LogicalPlan::Join(join) => of_join(place, join, found),
        LogicalPlan::Union(union) => {
            union.inputs.iter().try_for_each(|input| of_output(place, input, found))
        }
        LogicalPlan::SubqueryAlias(alias) => of_output(place, &alias.input, found),
        LogicalPlan::Distinct(Distinct::On(on)) => {
            collect(&on.select_expr[place], &on.input, found)
        }
        LogicalPlan::RecursiveQuery(query) => of_output(place, &query.static_term, found),
        LogicalPlan::Unnest(unnest) => {
            let (qualifier, field) = unnest.schema.qualified_field(place);
            of_named(&Column::from((qualifier, field)), &unnest.input, found)
        }
        LogicalPlan::Filter(_)
        | LogicalPlan::Sort(_)
        | LogicalPlan::Limit(_)
        | LogicalPlan::Repartition(_)
        | LogicalPlan::Distinct(Distinct::All(_))
        | LogicalPlan::Subquery(_) => {
            plan.inputs().into_iter().try_for_each(|input| of_output(place, input, found))
        }
        _ => Ok(()),
    }
}

fn of_aggregate<'a>(
    place: usize,
    aggregate: &'a Aggregate,
    found: &mut Vec<Origin<'a>>,
) -> Result<()> {
    let groups = grouping_set_to_exprlist(&aggregate.group_expr)?;
    if let Some(group) = groups.get(place) {
        return collect(group, &aggregate.input, found);
    }
    // Behind the groups, an aggregate over grouping sets has one column more: which set it is.
    let Some(i) = place.checked_sub(aggregate.group_expr_len()?) else { return Ok(()) };
    match aggregate.aggr_expr.get(i) {
        Some(call) => collect(call, &aggregate.input, found),
        None => Ok(()),
    }
}

fn of_window<'a>(place: usize, window: &'a Window, found: &mut Vec<Origin<'a>>) -> Result<()> {
    let width = window.input.schema().fields().len();
    match place.checked_sub(width) {
        None => of_output(place, &window.input, found),
        Some(i) => collect(&window.window_expr[i], &window.input, found),
    }
}

fn of_join<'a>(place: usize, join: &'a Join, found: &mut Vec<Origin<'a>>) -> Result<()> {
    let (qualifier, field) = join.schema.qualified_field(place);
    let column = Column::from((qualifier, field));
    let side = match join.left.schema().has_column(&column) {
        true => &join.left,
        false => &join.right,
    };
    of_named(&column, side, found)
}

/// Calls `look` for every node of the plan, those of subqueries in expressions included.
pub(crate) fn every_node(
    plan: &LogicalPlan,
    mut look: impl FnMut(&LogicalPlan) -> Result<(), DataFusionError>,
) -> Result<()> {
    plan.apply_with_subqueries(|node| {
        look(node)?;
        Ok(TreeNodeRecursion::Continue)
    })?;
    Ok(())
}
