//! The MNIST digits.

use std::path::{Path, PathBuf};

use super::{FileError, Idx, Images, read_idx};
use crate::{Error, Scalar, Shape};

/// Mean of `pixel / 255` over the training images.
const MEAN: f64 = 0.1307;
/// Its standard deviation.
const STANDARD_DEVIATION: f64 = 0.3081;
/// Height and width of an image.
const SIDE: usize = 28;
/// Labels are less than this.
const CLASSES: usize = 10;

/// The MNIST digits: 60,000 images to train with and 10,000 to test, 28x28 grey pixels each, labelled 0 to 9.
///
/// Pixels are normalised to mean 0 and standard deviation 1 over the training images. Made by
/// [LeCun, Cortes and Burges](https://yann.lecun.com/exdb/mnist/).
///
/// ```no_run
/// use castnet::data::Mnist;
///
/// let mnist = Mnist::<f32>::load("data/mnist")?;
/// assert_eq!((mnist.train.len(), mnist.test.len()), (60_000, 10_000));
/// assert_eq!(mnist.test.label(0), 7);
/// # Ok::<(), castnet::data::FileError>(())
/// ```
#[derive(Clone, Debug)]
pub struct Mnist<T = f32> {
    /// The images to train with.
    pub train: Images<T>,
    /// The images to test with.
    pub test: Images<T>,
}

impl<T: Scalar> Mnist<T> {
    /// Reads the four files of `directory`: `train-images-idx3-ubyte`, `train-labels-idx1-ubyte`,
    /// `t10k-images-idx3-ubyte` and `t10k-labels-idx1-ubyte`, each as it is or with `.gz` after its name. Some tools that
    /// decompress them write a dot for the last but one dash, `train-images.idx3-ubyte`, which is found as well.
    ///
    /// Sets of the same shape under the same names, such as Fashion-MNIST, are read as well, with MNIST's
    /// normalisation.
    ///
    /// # Errors
    ///
    /// [`FileError::Missing`] for a file that is there under none of these names. In a [`FileError::InFile`]: those of [`read_idx`], [`FileError::Rank`] and [`Error::SampleShape`] for images of
    /// another size, [`Error::LabelOutOfRange`] for a label over 9, and
    /// [`Error::LengthMismatch`] if the images and labels are not as many.
    pub fn load(directory: impl AsRef<Path>) -> Result<Self, FileError> {
        let directory = directory.as_ref();
        Ok(Self { train: load_part(directory, "train")?, test: load_part(directory, "t10k")? })
    }
}

/// The images and labels of the files whose names begin with `part`.
fn load_part<T: Scalar>(directory: &Path, part: &str) -> Result<Images<T>, FileError> {
    let images = find(directory, &format!("{part}-images"), "idx3-ubyte")?;
    let labels = find(directory, &format!("{part}-labels"), "idx1-ubyte")?;
    let digits = check_digits(read_idx(&images)?).map_err(|error| error.in_file(&images))?;
    Images::from_idx(digits, read_idx(&labels)?)
        .and_then(|images| Ok(images.check_labels(CLASSES).map(|()| images)?))
        .and_then(|images| Ok(images.normalised(&[MEAN], &[STANDARD_DEVIATION])?))
        .map_err(|error| error.in_file(&labels))
}

/// The first file that is there of those which may hold the same.
fn find(directory: &Path, name: &str, format: &str) -> Result<PathBuf, FileError> {
    let names = ["-", "."].map(|dash| ["", ".gz"].map(|gzip| format!("{name}{dash}{format}{gzip}"))).concat();
    // What cannot be looked at, for want of permission, may be there: reading it says why not.
    let is_there = |path: &PathBuf| path.try_exists().unwrap_or(true);
    match names.iter().map(|name| directory.join(name)).find(is_there) {
        Some(path) => Ok(path),
        None => Err(FileError::Missing { directory: directory.into(), names }),
    }
}

/// The same images, if they have the size of digits.
fn check_digits(images: Idx) -> Result<Idx, FileError> {
    let [_, height, width] = images.of_rank()?;
    if [height, width] != [SIDE; 2] {
        let (found, expected) = (Shape::new(&[1, height, width]), Shape::new(&[1, SIDE, SIDE]));
        return Err(Error::SampleShape { found, expected }.into());
    }
    Ok(images)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// A folder of its own for one test, removed in the end.
    struct Folder(PathBuf);

    impl Folder {
        fn new(name: &str) -> Self {
            let path = std::env::temp_dir().join(format!("castnet-mnist-{name}-{}", std::process::id()));
            fs::create_dir_all(&path).unwrap();
            Self(path)
        }

        fn write(&self, part: &str, images: [u32; 3], labels: &[u8]) {
            let mut file = vec![0, 0, 8, 3];
            file.extend(images.iter().flat_map(|size| size.to_be_bytes()));
            file.resize(file.len() + images.iter().product::<u32>() as usize, 200);
            fs::write(self.0.join(format!("{part}-images-idx3-ubyte")), file).unwrap();
            let mut file = vec![0, 0, 8, 1];
            file.extend((labels.len() as u32).to_be_bytes());
            file.extend(labels);
            fs::write(self.0.join(format!("{part}-labels-idx1-ubyte")), file).unwrap();
        }

        fn load(&self) -> Result<Mnist, FileError> {
            Mnist::load(&self.0)
        }

        /// The error in the file of that name.
        fn error(&self, file: &str) -> FileError {
            let error = self.load().unwrap_err();
            assert!(error.to_string().contains(file), "{error}");
            let FileError::InFile { path, source } = error else { panic!("{error}") };
            assert_eq!(path, self.0.join(file));
            *source
        }
    }

    impl Drop for Folder {
        fn drop(&mut self) {
            let _ = fs::remove_dir_all(&self.0);
        }
    }

    #[cfg(feature = "gzip")]
    #[test]
    fn the_real_digits_are_what_they_are_known_to_be() {
        use crate::data::Dataset;

        let mnist = Mnist::<f32>::load(concat!(env!("CARGO_MANIFEST_DIR"), "/../data/mnist")).unwrap();
        assert_eq!((mnist.train.len(), mnist.test.len()), (60_000, 10_000));
        let labels: Vec<usize> = (0..10).map(|index| mnist.train.label(index)).collect();
        assert_eq!(labels, [5, 0, 4, 1, 9, 2, 1, 3, 1, 4]);

        let mut input = [0.0; 784];
        let (mut sum, mut squares) = (0.0, 0.0);
        for index in 0..6_000 {
            mnist.train.sample(index, &mut input);
            sum += input.iter().map(|&value| f64::from(value)).sum::<f64>();
            squares += input.iter().map(|&value| f64::from(value).powi(2)).sum::<f64>();
        }
        let count = 6_000.0 * 784.0;
        assert!((sum / count).abs() < 0.01 && (squares / count - 1.0).abs() < 0.02, "{sum} {squares}");
        assert_eq!(input[0], ((0.0 - 0.1307) / 0.3081) as f32);
    }

    #[test]
    fn plain_files_are_read() {
        let folder = Folder::new("plain");
        folder.write("train", [3, 28, 28], &[0, 9, 4]);
        folder.write("t10k", [1, 28, 28], &[2]);
        let mnist = folder.load().unwrap();
        assert_eq!((mnist.train.len(), mnist.test.len(), mnist.train.label(1)), (3, 1, 9));
    }

    #[test]
    fn names_with_a_dot_are_found() {
        let folder = Folder::new("dots");
        folder.write("train", [1, 28, 28], &[3]);
        folder.write("t10k", [1, 28, 28], &[2]);
        for name in ["train-images-idx3-ubyte", "t10k-labels-idx1-ubyte"] {
            fs::rename(folder.0.join(name), folder.0.join(name.replace("-idx", ".idx"))).unwrap();
        }
        assert_eq!(folder.load().unwrap().test.label(0), 2);
    }

    #[test]
    fn files_that_are_not_mnist_are_errors_that_name_the_file_and_what_is_wrong() {
        let folder = Folder::new("wrong");
        let error = folder.load().unwrap_err();
        assert!(matches!(&error, FileError::Missing { directory, .. } if *directory == folder.0), "{error}");
        let names = "train-images-idx3-ubyte, train-images-idx3-ubyte.gz, \
                     train-images.idx3-ubyte, train-images.idx3-ubyte.gz";
        assert!(error.to_string().contains(&format!(" has none of {names}: ")), "{error}");

        folder.write("train", [3, 28, 28], &[0, 9, 4]);
        folder.write("t10k", [2, 28, 28], &[2, 10]);
        let error = folder.error("t10k-labels-idx1-ubyte");
        assert!(matches!(error, FileError::Data(Error::LabelOutOfRange { sample: 1, label: 10, classes: 10 })));

        folder.write("train", [3, 28, 28], &[0, 9]);
        let error = folder.error("train-labels-idx1-ubyte");
        assert!(matches!(error, FileError::Data(Error::LengthMismatch { inputs: 3, targets: 2 })));

        folder.write("train", [3, 28, 27], &[0, 9, 4]);
        let error = folder.error("train-images-idx3-ubyte");
        assert!(error.to_string().contains("shape [1, 28, 27], but [1, 28, 28] is expected"));

        fs::write(folder.0.join("train-images-idx3-ubyte"), [0, 0, 8, 3, 0]).unwrap();
        assert!(matches!(folder.error("train-images-idx3-ubyte"), FileError::Truncated { byte: 5, .. }));
        fs::write(folder.0.join("train-images-idx3-ubyte"), [0, 0, 8, 1, 0, 0, 0, 1, 5]).unwrap();
        assert!(matches!(folder.error("train-images-idx3-ubyte"), FileError::Rank { found: 1, expected: 3 }));
    }
}
