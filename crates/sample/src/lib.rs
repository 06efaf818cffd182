//! A seeded province and the replay of real facts, for the demo, benchmarks and tests.
//!
//! Real: the facts of five bureau reports ([`facts`]), what a system must make of them ([`cases`])
//! and published tables with the identities among their figures ([`published`]). Generated, from a
//! seed: a complete quarter of returns of every unit that owes one ([`province`]).

pub mod cases;
mod error;
pub mod exact;
pub mod facts;
mod fixture;
pub mod province;
pub mod published;

pub use error::SampleError;
