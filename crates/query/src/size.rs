//! Refuses statements that are too long, or so deep that planning them would exhaust the stack.

use datafusion::sql::sqlparser::{
    dialect::GenericDialect,
    tokenizer::{Token, Tokenizer},
};

use crate::{Error, Limits};

/// Looks at the statement's text alone; brackets are bounded by the parser itself.
pub(crate) fn check(sql: &str, limits: &Limits) -> Result<(), Error> {
    if sql.len() > limits.statement {
        return Err(Error::TooLong { found: sql.len(), allowed: limits.statement });
    }
    let tokens = Tokenizer::new(&GenericDialect {}, sql)
        .tokenize()
        .map_err(|error| Error::Syntax(error.to_string()))?;
    let found = tokens.iter().filter(|token| chains(token)).count();
    match found > limits.terms {
        true => Err(Error::TooDeep { found, allowed: limits.terms }),
        false => Ok(()),
    }
}

/// Whether a token can stand in a chain that the planner descends, unlike the items of a list.
fn chains(token: &Token) -> bool {
    !matches!(
        token,
        Token::Comma
            | Token::Number(..)
            | Token::SingleQuotedString(_)
            | Token::Whitespace(_)
            | Token::LParen
            | Token::RParen
            | Token::EOF
    )
}
