//! Metrics against scikit-learn, over iterators of outputs and targets: `metrics.py` made the values.

use castnet::metrics::{
    Accuracy, Average, AveragePrecision, Binary, CalibrationError, ConfusionMatrix, F1, MeanAbsoluteError,
    MeanAbsolutePercentageError, Metric, Precision, RSquared, Recall, RocAuc, RootMeanSquaredError, TopAccuracy, score,
};

use super::read;
use super::tensors::{Tensors, Tolerance};

const TOLERANCE: Tolerance = Tolerance { single: 1e-12, double: 1e-12, floor: 0.0 };

fn labels(reference: &Tensors, tensor: &str) -> Vec<usize> {
    reference.bytes(tensor).1.iter().map(|&label| label.into()).collect()
}

#[test]
fn metrics_of_classes() {
    let file = read("metrics");
    let reference = Tensors::new(&file, "", TOLERANCE);
    let samples = || reference.rows::<f64, [f64; 4]>("logits").into_iter().zip(labels(&reference, "labels"));
    let check = |name: &str, found: f64| reference.check(&format!("expected/{name}"), &[found]);
    check("accuracy", score(&Accuracy, samples()));
    check("top 2", score(&TopAccuracy { best: 2 }, samples()));
    check("top 3", score(&TopAccuracy { best: 3 }, samples()));
    for (name, average) in [("macro", Average::Macro), ("micro", Average::Micro), ("weighted", Average::Weighted)] {
        check(&format!("{name} precision"), score(&Precision(average), samples()));
        check(&format!("{name} recall"), score(&Recall(average), samples()));
        check(&format!("{name} f1"), score(&F1(average), samples()));
    }
    check("calibration error", score(&CalibrationError::<15>::default(), samples()));
    check("roc auc", score(&RocAuc::default(), samples()));
    check("average precision", score(&AveragePrecision::default(), samples()));

    let mut matrix = ConfusionMatrix::default();
    samples().for_each(|(output, label)| matrix.add(&output, label));
    let counts: Vec<f64> = (0..16).map(|cell| matrix.count(cell / 4, cell % 4) as f64).collect();
    reference.check("expected/confusion", &counts);
}

#[test]
fn metrics_of_one_output() {
    fn binary<M: Metric<f64, usize>>(reference: &Tensors, name: &str, metric: M) {
        let samples = reference.rows::<f64, [f64; 1]>("scores").into_iter().zip(labels(reference, "ones"));
        reference.check(&format!("expected/binary {name}"), &[score(&Binary::of(metric), samples)]);
    }
    let file = read("metrics");
    let reference = &Tensors::new(&file, "", TOLERANCE);
    binary(reference, "accuracy", Accuracy);
    binary(reference, "precision", Precision(Average::Class(1)));
    binary(reference, "recall", Recall(Average::Class(1)));
    binary(reference, "f1", F1(Average::Class(1)));
    binary(reference, "roc auc", RocAuc::default());
    binary(reference, "average precision", AveragePrecision::default());
    binary(reference, "calibration error", CalibrationError::<15>::default());
}

#[test]
fn metrics_of_numbers() {
    let file = read("metrics");
    let reference = Tensors::new(&file, "", TOLERANCE);
    let rows = |tensor: &str| reference.rows::<f64, [f64; 2]>(tensor).into_iter();
    let samples = || rows("outputs").zip(rows("targets"));
    let check = |name: &str, found: f64| reference.check(&format!("expected/{name}"), &[found]);
    check("r squared", score(&RSquared, samples()));
    check("mean absolute error", score(&MeanAbsoluteError, samples()));
    check("root mean squared error", score(&RootMeanSquaredError, samples()));
    check("mean absolute percentage error", score(&MeanAbsolutePercentageError, samples()));
    let first = samples().map(|(output, target)| ([output[0]], [target[0]]));
    check("root mean squared error of one", score(&RootMeanSquaredError, first));
}
