//! What is told, in lines of text with colours: the same lines on a terminal of any size and in the plain snapshot.
//!
//! A colour never says what the words beside it do not.

mod models;
mod progress;
mod trouble;
mod words;

pub(super) use models::{
    current, gpu_words, loads, models, resident, resident_in_short, running, sparkline,
};
pub(super) use progress::{
    data, data_words, ending, header, interaction_words, postings, shares, steps, steps_in_short,
};
pub(super) use trouble::{connections, errors, memory, trouble};
pub(super) use words::time_of_day;
