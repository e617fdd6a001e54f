//! The worked examples of the course, by their numbers.
