//! Why a text is no formula.

/// What is wrong with a formula, what was expected, and how to write it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FormulaError {
    /// Not an SQL expression.
    #[error(
        "formula {text:?} cannot be read: {problem}; write it as an SQL comparison such as SA01 <= SA02"
    )]
    Syntax {
        /// The formula.
        text: String,
        /// What the SQL parser says.
        problem: String,
    },
    /// A name that no form has.
    #[error(
        "{name:?} is no indicator; use the code (SA01), the SQL name, or L and a line number of {forms}"
    )]
    UnknownName {
        /// The name.
        name: String,
        /// Forms in which line numbers are looked for.
        forms: String,
    },
    /// A name that several forms have.
    #[error("{name:?} may be {candidates}; use the code")]
    AmbiguousName {
        /// The name.
        name: String,
        /// Codes of the indicators it may be.
        candidates: String,
    },
    /// A function that formulas do not have.
    #[error("there is no function {name}(); formulas have {known}")]
    UnknownFunction {
        /// The function.
        name: String,
        /// Those that exist.
        known: String,
    },
    /// A function on something that it cannot read.
    #[error("{function}() cannot read {argument}: {expected}")]
    Argument {
        /// The function.
        function: String,
        /// What stands in the brackets.
        argument: String,
        /// What belongs there.
        expected: String,
    },
    /// A number where a statement is needed, or the reverse.
    #[error("{part:?} is a {found} where a {expected} is needed")]
    Mismatch {
        /// The part of the formula.
        part: String,
        /// `number` or `statement`.
        found: &'static str,
        /// `number` or `statement`.
        expected: &'static str,
    },
    /// A quotient.
    #[error(
        "{part:?} divides; write the bound with products, a * x <= b * y, so that exact decimals decide"
    )]
    Quotient {
        /// The part of the formula.
        part: String,
    },
    /// SQL that formulas do not have.
    #[error(
        "{part:?} is not part of formulas; they have + - *, comparisons, BETWEEN, NOT, AND, OR and functions"
    )]
    Unsupported {
        /// The part of the formula.
        part: String,
    },
    /// A constant with more than 18 digits.
    #[error("the constant {0} has more than 18 digits")]
    Constant(String),
    /// Nested or chained beyond any use.
    #[error("the formula is longer or deeper than {limit}; split it into several checks")]
    TooLong {
        /// The limit that it exceeds.
        limit: usize,
    },
}

impl FormulaError {
    /// The same in Chinese.
    pub fn zh(&self) -> String {
        match self {
            Self::Syntax { text, problem } => {
                format!("公式“{text}”无法读取：{problem}；写成 SQL 比较式，如 SA01 <= SA02")
            }
            Self::UnknownName { name, forms } => {
                format!("“{name}”不是指标；写代码（SA01）、SQL 名，或 L 加 {forms} 的行号")
            }
            Self::AmbiguousName { name, candidates } => {
                format!("“{name}”可能是 {candidates}；请写代码")
            }
            Self::UnknownFunction { name, known } => format!("没有函数 {name}()；可用：{known}"),
            Self::Argument { function, argument, expected } => {
                format!("{function}() 不能读取 {argument}：{expected}")
            }
            Self::Mismatch { part, found, expected } => {
                let word = |kind: &str| if kind == "number" { "数" } else { "判断" };
                format!("“{part}”是{}，此处须为{}", word(found), word(expected))
            }
            Self::Quotient { part } => {
                format!("“{part}”有除法；上下限写成乘积 a * x <= b * y，由精确小数判定")
            }
            Self::Unsupported { part } => {
                format!("公式中没有“{part}”；可用 + - *、比较、BETWEEN、NOT、AND、OR 和函数")
            }
            Self::Constant(digits) => format!("常数 {digits} 超过 18 位"),
            Self::TooLong { limit } => format!("公式长度或层数超过 {limit}；请拆成几条"),
        }
    }
}
