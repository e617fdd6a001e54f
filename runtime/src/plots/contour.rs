//! Lines along which a function has one value.

use std::collections::HashMap;
use std::ops::RangeInclusive;

/// Values of a function on a grid.
#[derive(Clone, Debug)]
pub(super) struct Grid {
    pub x: (f64, f64),
    pub y: (f64, f64),
    values: Vec<f64>,
}

/// How many values of the grid stand along each side; a contour is exact where it crosses the lines of the grid, but for the
/// function's curvature between two of them.
const SIDE: usize = 129;

/// Lines of the grid that a contour crosses: twice the number of the value where the line begins, and one more for those that
/// lead to the value above.
type Edge = usize;

impl Grid {
    pub fn new(x: &RangeInclusive<f64>, y: &RangeInclusive<f64>, function: impl Fn(f64, f64) -> f64) -> Self {
        let (x, y) = ((*x.start(), *x.end()), (*y.start(), *y.end()));
        let place = |(low, high): (f64, f64), index: usize| low + (high - low) * index as f64 / (SIDE - 1) as f64;
        let values = (0..SIDE * SIDE).map(|index| function(place(x, index % SIDE), place(y, index / SIDE))).collect();
        Self { x, y, values }
    }

    /// The contour of a level, as lines; one that is closed ends where it begins. There is none where a value is no number.
    ///
    /// Marching squares (Lorensen and Cline 1987, in the plane). In a square with two opposite corners above the level and two
    /// below, the mean of all four says which pair is joined.
    pub fn contour(&self, level: f64) -> Vec<Vec<(f64, f64)>> {
        let mut neighbors: HashMap<Edge, [Option<Edge>; 2]> = HashMap::new();
        let mut order = Vec::new();
        for corner in (0..(SIDE - 1) * SIDE).filter(|corner| corner % SIDE < SIDE - 1) {
            for (one, other) in self.segments(corner, level) {
                for (edge, to) in [(one, other), (other, one)] {
                    let known = neighbors.entry(edge).or_insert_with(|| {
                        order.push(edge);
                        [None; 2]
                    });
                    let free = known.iter_mut().find(|known| known.is_none());
                    *free.expect("a line of the grid is between two squares") = Some(to);
                }
            }
        }
        // Lines that end somewhere first, from one of their ends.
        order.sort_by_key(|edge| neighbors[edge][1].is_some());
        let chains = order.into_iter().filter_map(|edge| chain(&mut neighbors, edge));
        chains.map(|chain| chain.into_iter().map(|edge| self.crossing(edge, level)).collect()).collect()
    }

    /// The parts of the contour in the square right above a value: the lines of the grid that each of them joins.
    fn segments(&self, corner: usize, level: f64) -> Vec<(Edge, Edge)> {
        let corners = [corner, corner + 1, corner + SIDE + 1, corner + SIDE];
        let values = corners.map(|corner| self.values[corner]);
        if !values.iter().all(|value| value.is_finite()) {
            return Vec::new();
        }
        // The sides of the square, each between a corner and the next one.
        let sides = [2 * corner, 2 * (corner + 1) + 1, 2 * (corner + SIDE), 2 * corner + 1];
        let is_above = values.map(|value| value >= level);
        let crossed: Vec<Edge> =
            (0..4).filter(|&side| is_above[side] != is_above[(side + 1) % 4]).map(|side| sides[side]).collect();
        match crossed[..] {
            [one, other] => vec![(one, other)],
            [bottom, right, top, left] => {
                let is_middle_above = values.iter().sum::<f64>() / 4.0 >= level;
                if is_middle_above == is_above[0] {
                    vec![(bottom, right), (top, left)]
                } else {
                    vec![(left, bottom), (right, top)]
                }
            }
            _ => Vec::new(),
        }
    }

    /// Where the function, straight between two values of the grid, has the level.
    fn crossing(&self, edge: Edge, level: f64) -> (f64, f64) {
        let (from, is_upward) = (edge / 2, edge % 2 == 1);
        let to = from + if is_upward { SIDE } else { 1 };
        let (one, other) = (self.values[from], self.values[to]);
        let part = (level - one) / (other - one);
        let (column, row) = ((from % SIDE) as f64, (from / SIDE) as f64);
        let (column, row) = if is_upward { (column, row + part) } else { (column + part, row) };
        let place = |(low, high): (f64, f64), index: f64| low + (high - low) * index / (SIDE - 1) as f64;
        (place(self.x, column), place(self.y, row))
    }
}

/// The line that goes on from `start`, which is taken out of `neighbors`; `None` if it is out already.
fn chain(neighbors: &mut HashMap<Edge, [Option<Edge>; 2]>, start: Edge) -> Option<Vec<Edge>> {
    let mut next = neighbors.remove(&start)?[0];
    let mut chain = vec![start];
    while let Some(edge) = next {
        let before = chain[chain.len() - 1];
        chain.push(edge);
        // The start of a closed line is out already.
        let Some(onwards) = neighbors.remove(&edge) else { break };
        next = onwards.into_iter().flatten().find(|&to| to != before);
    }
    Some(chain)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contour(level: f64, function: impl Fn(f64, f64) -> f64) -> Vec<Vec<(f64, f64)>> {
        Grid::new(&(-2.0..=2.0), &(-3.0..=3.0), function).contour(level)
    }

    #[test]
    fn the_contour_of_a_circle_is_one_closed_line_on_it() {
        let lines = contour(1.0, |x, y| x * x + y * y);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].first(), lines[0].last());
        assert!(lines[0].len() > 100);
        assert!(lines[0].iter().all(|(x, y)| (x.hypot(*y) - 1.0).abs() < 1e-3));
        let area: f64 =
            lines[0].windows(2).map(|pair| pair[0].0 * pair[1].1 - pair[1].0 * pair[0].1).sum::<f64>() / 2.0;
        assert!((area.abs() - std::f64::consts::PI).abs() < 5e-3, "{area}");
    }

    #[test]
    fn contours_that_leave_the_grid_end_at_its_sides() {
        let lines = contour(0.5, |x, _| x);
        assert_eq!(lines.len(), 1);
        assert_eq!(lines[0].len(), SIDE);
        let mut ends = [lines[0][0].1, lines[0][SIDE - 1].1];
        ends.sort_by(f64::total_cmp);
        assert_eq!(ends, [-3.0, 3.0]);
        // Around a saddle there are two, on either side.
        assert_eq!(contour(0.1, |x, y| x * y).len(), 2);
        assert!(contour(100.0, |x, y| x * y).is_empty());
    }

    #[test]
    fn where_there_is_no_number_there_is_no_contour() {
        let lines = contour(1.0, |x, y| if x < 0.0 { f64::NAN } else { x * x + y * y });
        assert_eq!(lines.len(), 1);
        assert!(lines[0].iter().all(|(x, _)| *x >= 0.0));
        assert_ne!(lines[0].first(), lines[0].last());
    }
}
