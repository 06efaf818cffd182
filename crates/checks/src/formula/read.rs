//! Reading a formula: SQL syntax by sqlparser, meaning by us.

use model::{Amount, Catalog, FormIx};
use sqlparser::{
    ast::{
        BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
        UnaryOperator, Value,
    },
    dialect::GenericDialect,
    parser::Parser,
    tokenizer::Token,
};

use super::{
    FormulaError, Operand, Which,
    expression::{Comparison, Number, Sign, Truth},
    functions, names,
};
use crate::exact::Exact;

/// Longest text, in bytes.
const LONGEST: usize = 4000;
/// Deepest nesting, chains of operators included; keeps evaluation within any thread's stack.
const DEEPEST: usize = 200;

/// The statement of `text` and what it reads.
pub(crate) fn statement(
    text: &str,
    catalog: &Catalog,
    forms: &[FormIx],
) -> Result<(Truth, Vec<Operand>), FormulaError> {
    if text.len() > LONGEST {
        return Err(FormulaError::TooLong { limit: LONGEST });
    }
    let syntax = |problem: String| FormulaError::Syntax { text: text.to_owned(), problem };
    let plain: String = text.chars().map(plain).collect::<String>().replace('≠', "<>");
    let plain = plain.replace('≥', ">=").replace('≤', "<=");
    let mut parser = Parser::new(&GenericDialect {})
        .try_with_sql(&plain)
        .map_err(|error| syntax(error.to_string()))?;
    let expression = parser.parse_expr().map_err(|error| syntax(error.to_string()))?;
    let rest = parser.peek_token().token;
    if rest != Token::EOF {
        return Err(syntax(format!("{rest} is left over behind the expression")));
    }
    let mut reader = Reader { catalog, forms, operands: Vec::new() };
    match reader.part(&expression, 0)? {
        Part::Truth(statement) => Ok((statement, reader.operands)),
        Part::Number(_) => Err(mismatch(&expression, "number", "statement")),
    }
}

/// Full-width signs and digits of pasted rules as their ASCII forms.
fn plain(c: char) -> char {
    match c {
        '\u{FF01}'..='\u{FF5E}' => char::from_u32(c as u32 - 0xFEE0).unwrap_or(c),
        '×' => '*',
        '−' => '-',
        '\u{3000}' => ' ',
        other => other,
    }
}

enum Part {
    Number(Number),
    Truth(Truth),
}

struct Reader<'a> {
    catalog: &'a Catalog,
    forms: &'a [FormIx],
    operands: Vec<Operand>,
}

impl Reader<'_> {
    fn part(&mut self, expression: &Expr, depth: usize) -> Result<Part, FormulaError> {
        if depth > DEEPEST {
            return Err(FormulaError::TooLong { limit: DEEPEST });
        }
        let depth = depth + 1;
        match expression {
            Expr::Nested(inside) => self.part(inside, depth),
            Expr::Identifier(name) => self.read(&name.value, Which::Value).map(Part::Number),
            Expr::Value(value) => constant(&value.value, expression).map(Part::Number),
            Expr::UnaryOp { op, expr } => self.unary(expression, *op, expr, depth),
            Expr::BinaryOp { left, op, right } => self.binary(expression, left, op, right, depth),
            Expr::Between { expr, negated, low, high } => {
                let value = self.number(expr, depth)?;
                let (low, high) = (self.number(low, depth)?, self.number(high, depth)?);
                Ok(Part::Truth(Truth::Between(value, low, high, !negated)))
            }
            Expr::Function(function) => self.function(function, depth).map(Part::Number),
            other => Err(FormulaError::Unsupported { part: other.to_string() }),
        }
    }

    fn number(&mut self, expression: &Expr, depth: usize) -> Result<Number, FormulaError> {
        match self.part(expression, depth)? {
            Part::Number(number) => Ok(number),
            Part::Truth(_) => Err(mismatch(expression, "statement", "number")),
        }
    }

    fn truth(&mut self, expression: &Expr, depth: usize) -> Result<Box<Truth>, FormulaError> {
        match self.part(expression, depth)? {
            Part::Truth(truth) => Ok(Box::new(truth)),
            Part::Number(_) => Err(mismatch(expression, "number", "statement")),
        }
    }

    fn unary(
        &mut self,
        whole: &Expr,
        operator: UnaryOperator,
        inside: &Expr,
        depth: usize,
    ) -> Result<Part, FormulaError> {
        match operator {
            UnaryOperator::Not => Ok(Part::Truth(Truth::Not(self.truth(inside, depth)?))),
            UnaryOperator::Plus => self.number(inside, depth).map(Part::Number),
            UnaryOperator::Minus => {
                let number = self.number(inside, depth)?;
                Ok(Part::Number(Number::Sum(vec![(Sign::Minus, number)])))
            }
            _ => Err(FormulaError::Unsupported { part: whole.to_string() }),
        }
    }

    fn binary(
        &mut self,
        whole: &Expr,
        left: &Expr,
        operator: &BinaryOperator,
        right: &Expr,
        depth: usize,
    ) -> Result<Part, FormulaError> {
        let unsupported = || FormulaError::Unsupported { part: whole.to_string() };
        match operator {
            BinaryOperator::Plus => self.sum(left, Sign::Plus, right, depth),
            BinaryOperator::Minus => self.sum(left, Sign::Minus, right, depth),
            BinaryOperator::Multiply => {
                let (left, right) = (self.number(left, depth)?, self.number(right, depth)?);
                Ok(Part::Number(Number::Product(Box::new(left), Box::new(right))))
            }
            BinaryOperator::Divide => Err(FormulaError::Quotient { part: whole.to_string() }),
            BinaryOperator::And => {
                Ok(Part::Truth(Truth::And(self.truth(left, depth)?, self.truth(right, depth)?)))
            }
            BinaryOperator::Or => {
                Ok(Part::Truth(Truth::Or(self.truth(left, depth)?, self.truth(right, depth)?)))
            }
            other => {
                let comparison = comparison(other).ok_or_else(unsupported)?;
                self.compare(left, comparison, right, depth)
            }
        }
    }

    fn sum(
        &mut self,
        left: &Expr,
        sign: Sign,
        right: &Expr,
        depth: usize,
    ) -> Result<Part, FormulaError> {
        let (left, right) = (self.number(left, depth)?, self.number(right, depth)?);
        let mut terms = match left {
            Number::Sum(terms) => terms,
            other => vec![(Sign::Plus, other)],
        };
        match right {
            Number::Sum(more) if sign == Sign::Plus => terms.extend(more),
            Number::Sum(more) => terms.extend(more.into_iter().map(|(s, n)| (s.flipped(), n))),
            other => terms.push((sign, other)),
        }
        Ok(Part::Number(Number::Sum(terms)))
    }

    fn compare(
        &mut self,
        left: &Expr,
        comparison: Comparison,
        right: &Expr,
        depth: usize,
    ) -> Result<Part, FormulaError> {
        let sides = (self.part(left, depth)?, self.part(right, depth)?);
        let truth = match (sides, comparison) {
            ((Part::Number(l), Part::Number(r)), _) => Truth::Compare(l, comparison, r),
            ((Part::Truth(l), Part::Truth(r)), Comparison::Equal | Comparison::Unequal) => {
                Truth::Same(Box::new(l), Box::new(r), comparison == Comparison::Equal)
            }
            ((Part::Truth(_), _), _) => return Err(mismatch(left, "statement", "number")),
            ((_, Part::Truth(_)), _) => return Err(mismatch(right, "statement", "number")),
        };
        Ok(Part::Truth(truth))
    }

    fn function(&mut self, function: &Function, depth: usize) -> Result<Number, FormulaError> {
        let name = function.name.to_string().to_ascii_lowercase();
        let arguments = arguments(function)?;
        if let Some((_, which)) = functions::READINGS.iter().find(|(known, _)| *known == name) {
            return self.reading(&name, *which, &arguments);
        }
        let mut numbers = Vec::with_capacity(arguments.len());
        for argument in &arguments {
            numbers.push(self.number(argument, depth)?);
        }
        match (name.as_str(), numbers.len()) {
            ("least", 1..) => Ok(Number::Least(numbers)),
            ("abs", 1) => Ok(Number::Absolute(Box::new(numbers.remove(0)))),
            ("least" | "abs", _) => Err(FormulaError::Argument {
                argument: format!("{} arguments", arguments.len()),
                expected: "abs takes one number, least one or more".to_owned(),
                function: name,
            }),
            _ => Err(FormulaError::UnknownFunction { name, known: functions::known() }),
        }
    }

    fn reading(
        &mut self,
        function: &str,
        which: Which,
        arguments: &[&Expr],
    ) -> Result<Number, FormulaError> {
        let objection = |argument: String, expected: &str| FormulaError::Argument {
            function: function.to_owned(),
            argument,
            expected: expected.to_owned(),
        };
        let [Expr::Identifier(name)] = arguments else {
            let shown: Vec<String> = arguments.iter().map(ToString::to_string).collect();
            return Err(objection(shown.join(", "), "it takes one indicator"));
        };
        let indicator = names::find(&name.value, self.catalog, self.forms)?;
        match functions::objection(which, self.catalog.indicator(indicator)) {
            Some(expected) => Err(objection(name.value.clone(), expected)),
            None => self.read(&name.value, which),
        }
    }

    fn read(&mut self, name: &str, which: Which) -> Result<Number, FormulaError> {
        let indicator = names::find(name, self.catalog, self.forms)?;
        let operand = Operand { indicator, which, scale: self.catalog.indicator(indicator).scale };
        let known = self.operands.iter().position(|other| *other == operand);
        Ok(Number::Read(known.unwrap_or_else(|| {
            self.operands.push(operand);
            self.operands.len() - 1
        })))
    }
}

fn comparison(operator: &BinaryOperator) -> Option<Comparison> {
    Some(match operator {
        BinaryOperator::Eq => Comparison::Equal,
        BinaryOperator::NotEq => Comparison::Unequal,
        BinaryOperator::Lt => Comparison::Less,
        BinaryOperator::LtEq => Comparison::AtMost,
        BinaryOperator::Gt => Comparison::Greater,
        BinaryOperator::GtEq => Comparison::AtLeast,
        _ => return None,
    })
}

fn constant(value: &Value, whole: &Expr) -> Result<Number, FormulaError> {
    let Value::Number(digits, _) = value else {
        return Err(FormulaError::Unsupported { part: whole.to_string() });
    };
    let amount = Amount::parse_as_written(digits);
    let amount = amount.map_err(|_| FormulaError::Constant(digits.clone()))?;
    Ok(Number::Constant(Exact::from(amount)))
}

/// Plain arguments; anything else that SQL allows in a call is refused.
fn arguments(function: &Function) -> Result<Vec<&Expr>, FormulaError> {
    let unsupported = || FormulaError::Unsupported { part: function.to_string() };
    let plain = function.over.is_none()
        && function.filter.is_none()
        && function.within_group.is_empty()
        && function.null_treatment.is_none();
    let FunctionArguments::List(list) = &function.args else { return Err(unsupported()) };
    if !plain || list.duplicate_treatment.is_some() || !list.clauses.is_empty() {
        return Err(unsupported());
    }
    let each = |argument| match argument {
        &FunctionArg::Unnamed(FunctionArgExpr::Expr(ref expression)) => Ok(expression),
        _ => Err(unsupported()),
    };
    list.args.iter().map(each).collect()
}

fn mismatch(part: &Expr, found: &'static str, expected: &'static str) -> FormulaError {
    FormulaError::Mismatch { part: part.to_string(), found, expected }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use model::{FormIx, check::MissingOperand};

    use crate::{
        Exact, Formula, FormulaError, Operand, Operands, Verdict,
        fixture::{catalog, ix},
    };

    /// Values by operand name.
    struct Known(BTreeMap<&'static str, i128>);

    impl Operands for Known {
        fn read(&self, operand: &Operand) -> Option<Exact> {
            let units = self.0.get(operand.name(&catalog()).as_str())?;
            Some(Exact::new(*units, operand.scale))
        }
    }

    fn form(code: &str) -> Vec<FormIx> {
        vec![catalog().form_by_code(code).unwrap()]
    }

    fn judge(text: &str, missing: MissingOperand, values: &[(&'static str, i128)]) -> Verdict {
        let formula = Formula::parse(text, &catalog(), &form("SA")).expect(text);
        formula.judge(missing, &Known(values.iter().copied().collect()))
    }

    fn holds(text: &str, values: &[(&'static str, i128)]) -> bool {
        match judge(text, MissingOperand::Skip, values) {
            Verdict::Holds => true,
            Verdict::Fails => false,
            other => panic!("{text}: {other:?}"),
        }
    }

    fn problem(text: &str) -> FormulaError {
        Formula::parse(text, &catalog(), &form("SA")).unwrap_err()
    }

    #[test]
    fn precedence_is_that_of_sql() {
        let unpaid = "NOT inc(SA11) = 0 OR SA02 = 0";
        assert!(holds(unpaid, &[("inc(SA11)", 1), ("SA02", 5)]));
        assert!(!holds(unpaid, &[("inc(SA11)", 0), ("SA02", 5)]));
        assert!(holds(unpaid, &[("inc(SA11)", 0), ("SA02", 0)]));
        assert!(holds("SA01 + 2 * SA02 = 7", &[("SA01", 1), ("SA02", 3)]));
        assert!(holds("SA01 - (SA02 - SA03) = 4", &[("SA01", 5), ("SA02", 3), ("SA03", 2)]));
        assert!(holds("-SA01 + SA02 = 2 AND SA01 BETWEEN 1 AND 1", &[("SA01", 1), ("SA02", 3)]));
        assert!(!holds("SA01 NOT BETWEEN 1 AND 2", &[("SA01", 2)]));
    }

    #[test]
    fn statements_are_compared_and_functions_nest() {
        let both = "(SA01 = 0) = (SA02 = 0)";
        assert!(holds(both, &[("SA01", 0), ("SA02", 0)]));
        assert!(!holds(both, &[("SA01", 0), ("SA02", 4)]));
        assert!(holds("least(SA01, SA02, 9) = 3", &[("SA01", 3), ("SA02", 4)]));
        assert!(holds(
            "10 * abs(SA02 - prev(SA02)) <= prev(SA02)",
            &[("SA02", 90), ("prev(SA02)", 100)]
        ));
        assert!(!holds(
            "10 * abs(SA02 - prev(SA02)) <= prev(SA02)",
            &[("SA02", 89), ("prev(SA02)", 100)]
        ));
    }

    #[test]
    fn scales_are_minded() {
        // 0.0600 万元 for one person and month at 600.00 元.
        let money = "10000 * inc(SA11) <= inherit(SA13) * months(SA02)";
        let values = |paid| [("inc(SA11)", paid), ("inherit(SA13)", 60_000), ("months(SA02)", 1)];
        assert!(holds(money, &values(600)));
        assert!(!holds(money, &values(601)));
        assert!(holds("0.1 * SA01 = 0.30", &[("SA01", 3)]));
    }

    #[test]
    fn names_by_code_sql_name_and_line() {
        for text in [
            "SA01 <= SA02",
            "城市低保户数 <= 城市低保人数",
            "L1 <= L2",
            "l1 <= \"城市低保人数\"",
            "Ｌ１≤Ｌ２",
        ] {
            let formula = Formula::parse(text, &catalog(), &form("SA")).expect(text);
            let read: Vec<_> = formula.operands().iter().map(|o| o.indicator).collect();
            assert_eq!(read, [ix("SA01"), ix("SA02")], "{text}");
        }
        assert!(matches!(problem("L99 = 0"), FormulaError::UnknownName { .. }));
        assert!(matches!(problem("SA99 = 0"), FormulaError::UnknownName { .. }));
        let anywhere = Formula::parse("L1 = 0", &catalog(), &[]);
        assert!(matches!(anywhere, Err(FormulaError::AmbiguousName { .. })));
    }

    #[test]
    fn a_missing_operand_does_what_the_check_says() {
        for text in
            ["SA01 <= SA02", "SA01 + SA02 <= 9", "SA02 = 1 OR SA01 = 0", "least(SA01, SA02) = 1"]
        {
            let judged = |missing| judge(text, missing, &[("SA02", 1)]);
            assert_eq!(judged(MissingOperand::Skip), Verdict::Missing, "{text}");
            assert_eq!(judged(MissingOperand::Any), Verdict::Fails, "{text}");
        }
        assert_eq!(judge("SA01 <= SA02", MissingOperand::Zero, &[("SA02", 1)]), Verdict::Holds);
        assert_eq!(judge("SA01 + SA02 = 2", MissingOperand::Zero, &[("SA02", 1)]), Verdict::Fails);
    }

    #[test]
    fn what_is_no_formula_is_told_why() {
        assert!(matches!(problem("SA01 <="), FormulaError::Syntax { .. }));
        assert!(matches!(problem("SA01 <= SA02 SA03"), FormulaError::Syntax { .. }));
        assert!(matches!(problem("SA01 + SA02"), FormulaError::Mismatch { .. }));
        assert!(matches!(problem("(SA01 = 0) + 1 = 0"), FormulaError::Mismatch { .. }));
        assert!(matches!(problem("(SA01 = 0) < SA02"), FormulaError::Mismatch { .. }));
        assert!(matches!(problem("NOT SA01"), FormulaError::Mismatch { .. }));
        let quotient = problem("SA11 / SA02 < 3").to_string();
        assert!(quotient.contains("a * x <= b * y"), "{quotient}");
        assert!(matches!(problem("median(SA01) = 0"), FormulaError::UnknownFunction { .. }));
        assert!(matches!(problem("inc(SA01) = 0"), FormulaError::Argument { .. }));
        assert!(matches!(problem("months(SA30) = 0"), FormulaError::Argument { .. }));
        assert!(matches!(problem("prev(SA01 + SA02) = 0"), FormulaError::Argument { .. }));
        assert!(matches!(problem("abs(SA01, SA02) = 0"), FormulaError::Argument { .. }));
        assert!(matches!(problem("SA01 IN (1, 2)"), FormulaError::Unsupported { .. }));
        assert!(matches!(problem("SA01 = 'x'"), FormulaError::Unsupported { .. }));
        assert!(matches!(problem("SA01 = 1e30"), FormulaError::Constant(_)));
    }

    #[test]
    fn a_monster_is_refused_and_not_walked() {
        let chain = format!("SA01 = 0{}", " + 1".repeat(500));
        assert!(matches!(problem(&chain), FormulaError::TooLong { .. }));
        let nested = format!("{}SA01{} = 0", "(".repeat(1500), ")".repeat(1500));
        assert!(Formula::parse(&nested, &catalog(), &[]).is_err());
        assert!(matches!(problem(&"x".repeat(5000)), FormulaError::TooLong { .. }));
    }

    #[test]
    fn what_does_not_fit_is_not_judged() {
        let huge = 10i128.pow(17);
        let text = "SA11 * SA11 * SA11 <= SA12";
        let verdict = judge(text, MissingOperand::Skip, &[("SA11", huge + 1), ("SA12", 1)]);
        assert_eq!(verdict, Verdict::Overflow);
    }
}
