//! Files damaged at random: never a panic, and never more memory than their header states.

use std::io::{BufReader, Read, Write};

use castnet::data::{FileError, Idx};
use flate2::{Compression, bufread::MultiGzDecoder, write::GzEncoder};
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};

/// How many files are damaged.
const FILES: usize = 20_000;
/// What decompression takes beside the elements, in bytes: its window, and up to 65,535 for a field of the gzip header.
const BESIDE: u64 = 120_000;

fn idx(dimensions: &[u32]) -> Vec<u8> {
    let elements = (0..dimensions.iter().product::<u32>()).map(|element| (element * element / 8) as u8);
    let sizes = dimensions.iter().flat_map(|size| size.to_be_bytes());
    [0, 0, 8, dimensions.len() as u8].into_iter().chain(sizes).chain(elements).collect()
}

fn gzip(contents: &[u8], level: Compression) -> Vec<u8> {
    let mut encoder = GzEncoder::new(vec![], level);
    encoder.write_all(contents).unwrap();
    encoder.finish().unwrap()
}

/// Good files of all kinds: plain, compressed, stored, in several members, padded.
fn good_files() -> Vec<Vec<u8>> {
    let images = idx(&[3, 7, 5]);
    let (one, other) = images.split_at(50);
    let members = [gzip(one, Compression::best()), gzip(other, Compression::fast())].concat();
    vec![
        idx(&[40]),
        images.clone(),
        idx(&[2, 1, 3, 1, 2]),
        gzip(&idx(&[40]), Compression::default()),
        gzip(&images, Compression::best()),
        gzip(&images, Compression::none()),
        gzip(&idx(&[1, 60, 60]), Compression::default()),
        [members, vec![0; 9]].concat(),
    ]
}

/// Damages a file in one place.
fn damage(file: &mut Vec<u8>, rng: &mut StdRng) {
    let place = rng.random_range(0..=file.len());
    let end = (place + rng.random_range(1..=8)).min(file.len());
    match rng.random_range(0..7) {
        0 if place < end => file[place] ^= 1 << rng.random_range(0..8),
        1 if place < end => file[place] = [0, 0xff, 0x1f, 0x8b, 8][rng.random_range(0..5)],
        2 => file.truncate(place),
        3 => drop(file.drain(place..end)),
        4 => file.extend(vec![rng.random_range(0..=1) * 13; rng.random_range(1..=8)]),
        5 => {
            let copy = file[place..end].to_vec();
            let to = rng.random_range(0..=file.len());
            file.splice(to..to, copy);
        }
        // The rank and the dimensions, if the file is plain.
        _ => file.iter_mut().skip(3).take(rng.random_range(1..=9)).for_each(|byte| *byte = rng.random()),
    }
}

/// How many elements the header of a file states, if there is a header.
fn stated(file: &[u8]) -> u64 {
    let header = 4 + 4 * 255;
    // Byte by byte: what comes before an error counts.
    let contents: Vec<u8> = if file.starts_with(&[0x1f, 0x8b]) {
        BufReader::with_capacity(1, MultiGzDecoder::new(file)).bytes().map_while(Result::ok).take(header).collect()
    } else {
        file.iter().copied().take(header).collect()
    };
    let Some((&[0, 0, 8, rank], sizes)) = contents.split_first_chunk() else { return 0 };
    let Some(sizes) = sizes.get(..4 * usize::from(rank)) else { return 0 };
    let sizes = sizes.chunks_exact(4).map(|bytes| u32::from_be_bytes(bytes.try_into().unwrap()));
    sizes.fold(1, |product: u64, size| product.saturating_mul(size.into()))
}

/// Reads a file and watches the memory that it takes.
fn read(file: &[u8]) -> Result<Idx, FileError> {
    let mut found = None;
    let memory = allocation_counter::measure(|| found = Some(Idx::parse(file)));
    let limit = stated(file).saturating_add(BESIDE);
    assert!(memory.bytes_max <= limit, "{} bytes, where {limit} are stated: {file:?}", memory.bytes_max);
    found.unwrap()
}

#[test]
fn no_damage_is_a_panic_or_takes_more_memory_than_is_stated() {
    let good = good_files();
    assert!(good.iter().all(|file| read(file).is_ok()));
    let mut rng = StdRng::seed_from_u64(11);
    let (mut read_well, mut wrong) = (0, 0);
    for case in 0..FILES {
        let mut file = good[case % good.len()].clone();
        for _ in 0..rng.random_range(1..=3) {
            damage(&mut file, &mut rng);
        }
        // Damage to what is compressed comes through to the header only if it is compressed again.
        if case % 3 == 0 {
            file = gzip(&file, Compression::fast());
        }
        match read(&file) {
            Ok(idx) => {
                read_well += 1;
                assert_eq!(idx.elements().len(), idx.dimensions().iter().product::<usize>());
            }
            Err(error) => {
                wrong += 1;
                assert!(!matches!(error, FileError::Io { .. } | FileError::Memory { .. }), "{error}: {file:?}");
            }
        }
    }
    assert!(read_well > FILES / 50 && wrong > FILES / 2, "{read_well} read well, {wrong} wrong");
}

#[test]
fn a_small_file_of_much_takes_little_memory() {
    // 300 MB of zeros in members of a megabyte, behind a header of 12 elements.
    let bomb = gzip(&[0; 1 << 20], Compression::best()).repeat(300);
    let mut file = gzip(&idx(&[12]), Compression::default());
    file.extend(bomb);
    assert!(matches!(read(&file), Err(FileError::TrailingBytes { byte: 20, found: 0 })));
    // 4 GB stated, and 20 there.
    let announced = [&[0, 0, 8, 1, 0xff, 0xff, 0xff, 0xff][..], &[7; 20]].concat();
    for file in [gzip(&announced, Compression::fast()), announced] {
        let memory = allocation_counter::measure(|| assert!(Idx::parse(&file).is_err()));
        assert!(memory.bytes_max < 2 * BESIDE, "{} bytes", memory.bytes_max);
    }
}
