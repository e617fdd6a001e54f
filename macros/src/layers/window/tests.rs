use crate::layers::testing::{check_on, message_on, output};

#[test]
fn the_message_of_the_design() {
    assert_eq!(
        message_on("conv2: conv2d(16, kernel = 5, stride = 2)", "6,12,12"),
        "`conv2`: a 5x5 kernel with stride 2 does not tile a 12x12 input: (12 - 5) / 2 + 1 = 4.5\n\
         the 12x12 comes from `input`\n\
         help: use `stride = 1`, or `padding = 1` with `rounding = floor` for a 5x5 output"
    );
}

#[test]
fn sizes_of_the_course() {
    let sizes = |text, input| output(&check_on(text, input).unwrap().0);
    assert_eq!(sizes("conv2d(10, kernel = 5, padding = 2)", "3,32,32"), "[10, 32, 32]");
    assert_eq!(sizes("conv2d(1, kernel = 3)", "1,7,7"), "[1, 5, 5]");
    assert_eq!(sizes("conv2d(1, kernel = 3, stride = 2)", "1,7,7"), "[1, 3, 3]");
    assert!(message_on("conv2d(1, kernel = 3, stride = 3)", "1,7,7").contains("= 2.33"));
    assert_eq!(sizes("conv2d(1, kernel = 3, stride = 3, rounding = floor)", "1,7,7"), "[1, 2, 2]");
    assert_eq!(sizes("conv2d(1, kernel = [5, 3], stride = [2, 1], padding = [1, 0])", "1,7,7"), "[1, 3, 5]");
}

#[test]
fn a_padding_that_tiles_is_preferred() {
    let message = message_on("conv2d(1, kernel = 3, stride = 3)", "1,7,7");
    assert!(message.ends_with("help: use `stride = 1`, or `padding = 1` for a 3x3 output"), "{message}");
    let message = message_on("max_pool2d(2)", "1,7,7");
    assert!(message.ends_with("help: use `stride = 1`, or `rounding = floor` for a 3x3 output"), "{message}");
}

#[test]
fn a_kernel_must_fit() {
    assert_eq!(
        message_on("c: conv2d(1, kernel = 7)", "1,5,5"),
        "`c`: a 7x7 kernel does not fit a 5x5 input\nthe 5x5 comes from `input`\n\
         help: use a kernel of height 5 or less, or `padding = 1`"
    );
    assert!(message_on("max_pool2d(7)", "1,5,5").ends_with("help: use a kernel of height 5 or less"));
    assert!(message_on("conv2d(1, kernel = 9, padding = 1)", "1,5,5").contains("input and its padding"));
}

#[test]
fn same_keeps_the_size() {
    for kernel in ["1", "2", "3", "[4, 7]", "K"] {
        let text = format!("conv2d(2, kernel = {kernel}, padding = same)");
        assert_eq!(output(&check_on(&text, "1,6,5").unwrap().0), "[2, 6, 5]");
    }
    let message = message_on("conv2d(2, kernel = 3, stride = 2, padding = same)", "1,6,6");
    assert!(message.contains("`padding = same` keeps the size of the image, and stride 2x2 does not"));
    assert!(message_on("conv2d(2, kernel = 3, padding = samee)", "1,6,6").contains("did you mean `same`?"));
    assert!(message_on("conv2d(2, kernel = 3, padding = valid)", "1,6,6").contains("a number or `same`"));
    assert!(message_on("max_pool2d(2, rounding = ceil)", "1,6,6").contains("expected `floor`, found `ceil`"));
}

#[test]
fn constants_are_left_to_the_compiler() {
    let (facts, assertions) = check_on("c: conv2d(F, kernel = K, stride = 2)", "1,N,12").unwrap();
    assert!(output(&facts).starts_with("[F, (N - K) / 2 + 1, (12 - K) / 2 + 1]"), "{}", output(&facts));
    let messages: Vec<&str> = assertions.iter().map(|assertion| assertion.message.as_str()).collect();
    assert_eq!(messages.len(), 6, "{messages:#?}");
    assert!(messages.iter().all(|message| message.starts_with("`c`: ")));
}

#[test]
fn flat_input_is_no_image() {
    let message = message_on("max_pool2d(2)", "784");
    assert!(message.contains("expects an image `[channels, height, width]`, found the flat [784]"));
}

#[test]
fn dilation_stretches_the_kernel() {
    let sizes = |text, input| output(&check_on(text, input).unwrap().0);
    assert_eq!(sizes("conv1d(2, kernel = 3, dilation = 4)", "3,20"), "[2, 12]");
    assert_eq!(sizes("conv1d(2, kernel = 3, dilation = 4, padding = causal)", "3,20"), "[2, 20]");
    assert_eq!(sizes("conv1d(2, kernel = 4, dilation = 3, padding = same)", "3,20"), "[2, 20]");
    assert_eq!(sizes("conv1d(2, kernel = 3, padding = [2, 0])", "3,20"), "[2, 20]");
    assert_eq!(sizes("conv2d(2, kernel = 3, dilation = [2, 1])", "3,8,9"), "[2, 4, 7]");
    assert_eq!(sizes("conv2d(2, kernel = 3, padding = [[1, 0], 2])", "3,8,9"), "[2, 7, 11]");
    let (facts, _) = check_on("conv1d(2, kernel = K, dilation = D)", "3,20").unwrap();
    assert_eq!(output(&facts), "[2, 20 - ((K - 1) * D + 1) + 1]");
    let message = message_on("conv1d(2, kernel = 3, dilation = 4)", "3,6");
    assert_eq!(
        message,
        "`conv1d(2, kernel = 3, dilation = 4)`: a kernel of 3 that dilation 4 stretches to 9 does not fit an input of \
         length 6\nthe length 6 comes from `input`\n\
         help: use a kernel of length 2 or less, `dilation = 2`, or `padding = 2`"
    );
    let message = message_on("conv2d(2, kernel = 3, dilation = 2, stride = 2)", "3,6,6");
    assert!(message.contains("a 3x3 kernel that dilation 2 stretches to 5x5 with stride 2 does not tile a 6x6 input"));
    let message = message_on("conv2d(2, kernel = 3, dilation = 2)", "3,2,2");
    assert!(message.contains("kernel of height 1 or less, or `padding = 2`"), "{message}");
}

#[test]
fn causal_is_for_sequences_without_a_stride() {
    let message = message_on("conv1d(2, kernel = 3, dilation = 4, stride = 2, padding = causal)", "3,20");
    assert!(message.ends_with(
        "keeps the length of the sequence, and stride 2 does not\nhelp: write `padding = [8, 0]`, or use stride 1"
    ));
    let message = message_on("conv2d(2, kernel = 3, padding = causal)", "1,6,6");
    assert!(
        message
            .ends_with("is for sequences, and `conv2d` slides over images\nhelp: write `padding = same`, or a number")
    );
    assert!(message_on("conv1d(2, kernel = 3, padding = casual)", "1,6").contains("did you mean `causal`?"));
    assert!(message_on("conv1d(2, kernel = 3, padding = valid)", "1,6").contains("a number or `same` or `causal`"));
    assert!(message_on("conv1d(2, kernel = 3, padding = \"causal\")", "1,6").contains("write `padding = causal`"));
}

#[test]
fn sides_of_padding_are_pairs() {
    let message = message_on("conv2d(2, kernel = 3, padding = [1, 2, 3, 4])", "1,6,6");
    assert!(message.contains("help: write `[[1, 2], [3, 4]]` for 1 above, 2 below, 3 at the left and 4 at the right"));
    assert!(
        message_on("conv1d(2, kernel = 3, padding = [1, 2, 3])", "1,6").contains("`[before, after]`, found 3 numbers")
    );
    assert!(
        message_on("conv2d(2, kernel = 3, padding = [[1], 2])", "1,6,6").contains("found 1 number\nhelp: write `1`")
    );
}

#[test]
fn each_rank_has_its_kind() {
    let message = message_on("conv1d(2, kernel = 3)", "1,6,6");
    assert!(message.contains("expects a sequence `[channels, length]`, found the image [1, 6, 6]"), "{message}");
    assert!(message.ends_with("help: write `conv2d`"), "{message}");
    let message = message_on("conv2d(2, kernel = 3)", "28,28");
    assert!(message.contains("expects an image `[channels, height, width]`, found the sequence [28, 28]"), "{message}");
    assert!(
        message.ends_with("help: write `conv1d`, or for an image of one channel `input: [1, 28, 28]`"),
        "{message}"
    );
    assert!(message_on("max_pool2d(2)", "8,6").contains("help: write `max_pool1d`"));
    let message = message_on("max_pool2d(2)", "784");
    assert!(message.contains("put `max_pool2d` before any `flatten` and `dense`"), "{message}");
    let message = message_on("avg_pool1d(2)", "784");
    assert!(message.contains("expects a sequence `[channels, length]`, found the flat [784]"), "{message}");
    assert!(message.ends_with("help: for a sequence of one channel write `input: [1, 784]`"), "{message}");
}
