//! Evaluation schemes (评估办法).

/// One scheme.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Scheme {
    /// Name in commands, such as `main`.
    pub name: String,
}
