//! Tests over whole evaluations of the invented province.

mod extras;
mod methods;
mod properties;
mod ranking;
mod shipped;
mod vetoes;
mod weights;
