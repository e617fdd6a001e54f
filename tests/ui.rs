//! What a person sees who makes a mistake in a declaration: see `tests/ui/README.md`.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

const CASES: &str = "tests/ui";

/// Compiles every `.fixed.rs`, as a module of this test.
macro_rules! fixed {
    ($($family:ident { $($case:ident,)* })*) => {
        $(#[allow(dead_code)] mod $family {
            $(mod $case { include!(concat!("ui/", stringify!($family), "/", stringify!($case), ".fixed.rs")); })*
        })*

        /// The cases whose fixed form compiles.
        const FIXED: &[&str] = &[$($(concat!(stringify!($family), "/", stringify!($case)),)*)*];
    };
}

fixed! {
    arguments {
        argument_twice,
        argument_with_a_colon,
        arguments_for_relu,
        bias_as_a_number,
        certain_dropout,
        dropout_without_probability,
        fraction_of_a_unit,
        frozen_without_parameters,
        four_numbers_of_padding,
        kernel_as_a_tuple,
        kernel_of_three_numbers,
        negative_deviation,
        negative_difference,
        negative_dropout,
        negative_padding,
        negative_units,
        no_kernel,
        no_units,
        one_argument_too_many,
        own_layer_is_no_type,
        positional_behind_named,
        slice_behind_the_end,
        slice_of_nothing,
        slice_without_a_range,
        slope_that_f32_cannot_hold,
        units_as_a_string,
        units_of_another_type,
        unknown_padding,
        unknown_rounding,
        zero_dilation,
        zero_stride,
        zero_units,
    }
    blocks {
        annotation_of_a_block,
        braces_without_a_block,
        concat_of_image_and_features,
        concat_of_layers,
        concat_of_one_branch,
        concat_of_other_heights,
        concat_of_other_lengths,
        input_in_a_block,
        mistake_in_a_nested_block,
        mistake_in_a_repeated_block_is_told_once,
        repeat_of_a_constant,
        repeat_without_number,
        repeat_zero_times,
        residual_changes_the_image,
        residual_changes_the_shape,
        residual_flattens,
        residual_of_nothing,
        residual_with_another_word,
        residual_without_braces,
        second_copy_does_not_fit,
        sum_of_other_shapes,
        too_deep,
        too_many,
    }
    constants {
        annotation,
        computed_from_a_parameter,
        convolution_on_a_parameter,
        dilation_too_large,
        kernel_too_large,
        layer_of_no_such_type,
        no_such_constant,
        no_such_number,
        overflow,
        parameter_of_another_type,
        parameter_without_const,
        probability,
        residual,
        sizes_left_out,
        sizes_left_out_of_a_length,
        slice,
        stride_does_not_tile,
        tokens,
        too_large,
        wrong_type,
        zero,
    }
    generated {
        a_padding_in_a_stream,
        a_pool_in_a_stream,
        critic_of_another_length,
        layers_without_parameters_are_no_fields,
        losses_of_heads_without_names,
        no_such_layer,
        own_layer_is_no_layer,
        parameter_budget,
        repr,
        sample_too_short,
        sizes_that_are_no_types,
        target_of_another_length,
        uses_of_a_wrong_declaration,
    }
    inputs {
        dense_on_tokens,
        embedding_behind_a_layer,
        embedding_on_numbers,
        empty,
        in_the_middle,
        layer_among_them,
        limit_of_numbers,
        lost_layer,
        more_tokens_than_f32_counts,
        name_of_a_layer_too,
        named_like_a_layer,
        near,
        network_of_tokens,
        no_tokens,
        of_one_name,
        only_one,
        padding_that_is_no_token,
        tokens_joined,
        tokens_of_two_axes,
        tokens_without_a_limit,
        twice,
        unused,
        with_another_name,
        without_a_name,
    }
    losses {
        fewer_losses_than_heads,
        means_without_variances,
        odd_pair,
        one_class,
        relu_before_cross_entropy,
        sigmoid_before_binary,
        sigmoid_before_cross_entropy,
        softmax_before_cross_entropy,
        softmax_before_hinge,
        softmax_before_log_likelihood,
        softmax_before_soft_targets,
        softmax_in_a_head,
        three_class_weights,
    }
    names {
        activation_as_an_argument,
        activation_far,
        activation_near,
        argument_far,
        argument_near,
        attribute_near,
        block_near,
        copy_and_name_meet,
        default_name_taken,
        field_of_the_trace,
        initialisation_far,
        initialisation_near,
        input_near,
        keyword,
        layer_far,
        layer_near,
        one_type_for_two,
        path_and_name_meet,
        scalar,
        statistics_of_batch_norm,
        two_layers_of_one_name,
        type_of_a_layer_is_taken,
        type_of_the_trace,
        word_of_another_library,
    }
    shapes {
        annotation_of_another_rank,
        annotation_of_another_size,
        causal_convolution_of_images,
        causal_with_a_stride,
        channels_last,
        convolution_of_images_on_a_sequence,
        convolution_of_sequences_on_an_image,
        convolution_of_sequences_on_features,
        convolution_on_features,
        dense_on_a_sequence,
        dense_on_an_image,
        five_mistakes,
        input_of_rank_four,
        input_of_zero,
        input_too_large,
        kernel_larger_than_padded_input,
        kernel_too_large,
        kernel_too_large_by_dilation,
        padding_makes_it_tile,
        parameters_too_many,
        pooling_behind_flatten,
        pooling_does_not_tile,
        same_with_a_stride,
        softmax_on_an_image,
        stride_does_not_tile,
        weights_too_many,
    }
    syntax {
        annotation_without_brackets,
        argument_missing_before_comma,
        argument_without_value,
        arguments_in_braces,
        as_an_expression,
        input_without_brackets,
        input_without_name,
        late_input,
        let_statement,
        method_of_a_layer,
        missing_comma,
        missing_comma_behind_block,
        name_with_equals_sign,
        no_braces,
        no_input,
        no_layers,
        not_a_layer,
        not_a_struct,
        nothing,
        second_input,
        stray_semicolon,
        two_commas,
        two_networks,
        visibility_of_a_layer,
    }
    weights {
        no_file,
        other_shapes,
    }
}

/// `.rs` files in the families, without the fixed ones.
fn cases() -> Vec<PathBuf> {
    let families = fs::read_dir(CASES).unwrap().map(|entry| entry.unwrap().path()).filter(|path| path.is_dir());
    let files = families.flat_map(|family| fs::read_dir(family).unwrap()).map(|entry| entry.unwrap().path());
    let is_case = |path: &PathBuf| {
        let name = path.file_name().unwrap().to_str().unwrap();
        name.ends_with(".rs") && !name.ends_with(".fixed.rs")
    };
    let mut cases: Vec<PathBuf> = files.filter(is_case).collect();
    cases.sort();
    cases
}

#[test]
fn mistakes_have_their_messages() {
    let messages = trybuild::TestCases::new();
    for case in cases().into_iter().filter(|case| !is_about_a_loss(case)) {
        messages.compile_fail(case);
    }
}

/// Whether a network and its loss do not fit each other: the compiler sees that when it makes code of both.
fn is_about_a_loss(case: &Path) -> bool {
    case.starts_with(Path::new(CASES).join("losses"))
}

#[test]
fn losses_that_do_not_fit_have_their_messages() {
    let messages = trybuild::TestCases::new();
    for case in cases().into_iter().filter(|case| is_about_a_loss(case)) {
        // A program that runs makes code of all of them.
        messages.pass(case.with_extension("fixed.rs"));
        messages.compile_fail(case);
    }
}

#[test]
fn every_case_is_fixed() {
    let name = |path: &Path| path.with_extension("").strip_prefix(CASES).unwrap().to_str().unwrap().to_owned();
    let cases: BTreeSet<String> = cases().iter().map(|case| name(case)).collect();
    let fixed: BTreeSet<String> = FIXED.iter().map(|case| (*case).to_owned()).collect();
    assert_eq!(cases, fixed, "the list in this file is that of the cases in {CASES}");
    assert!(cases.len() >= 60);
}

/// What stands in backquotes behind `help: `, as far as it is code to copy and not a pattern with `..` in it.
fn suggestions(messages: &str) -> Vec<String> {
    let help = messages.lines().filter_map(|line| line.split_once("help: ")).map(|(_, help)| help);
    // What is about traits is the compiler's.
    let help = help.filter(|help| !["remove", "the trait", "the following"].iter().any(|word| help.starts_with(word)));
    let quoted = help.flat_map(|help| help.split('`').skip(1).step_by(2));
    quoted
        .filter(|code| !["..", "features", "channels"].iter().any(|pattern| code.contains(pattern)))
        .map(without_spaces)
        .collect()
}

fn without_spaces(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_whitespace()).collect()
}

/// A message that says what to write is followed to the letter.
#[test]
fn fixes_follow_the_messages() {
    let mut followed = 0;
    for case in cases() {
        let suggestions = suggestions(&fs::read_to_string(case.with_extension("stderr")).unwrap());
        let fixed = without_spaces(&fs::read_to_string(case.with_extension("fixed.rs")).unwrap());
        let is_followed = suggestions.iter().any(|code| fixed.contains(code));
        assert!(is_followed || suggestions.is_empty(), "{}: none of {suggestions:?}", case.display());
        followed += usize::from(is_followed);
    }
    assert!(followed >= 60, "{followed}");
}

/// What the compiler adds of its own to messages about generated code does not bury them.
#[test]
fn messages_about_generated_code_are_short() {
    for (case, most) in [
        ("constants/sizes_left_out", 12),
        ("constants/sizes_left_out_of_a_length", 12),
        ("generated/sizes_that_are_no_types", 12),
        ("losses/fewer_losses_than_heads", 22),
        ("losses/means_without_variances", 17),
        ("losses/odd_pair", 17),
        ("losses/one_class", 17),
        ("losses/relu_before_cross_entropy", 17),
        ("losses/sigmoid_before_binary", 17),
        ("losses/sigmoid_before_cross_entropy", 17),
        ("losses/softmax_before_cross_entropy", 17),
        ("losses/softmax_before_hinge", 17),
        ("losses/softmax_before_log_likelihood", 17),
        ("losses/softmax_before_soft_targets", 17),
        ("losses/softmax_in_a_head", 28),
        ("losses/three_class_weights", 17),
    ] {
        let messages = fs::read_to_string(format!("{CASES}/{case}.stderr")).unwrap();
        let errors = messages.lines().filter(|line| line.starts_with("error")).count();
        assert_eq!(errors, 1, "{case}: {messages}");
        assert!(messages.lines().count() <= most, "{case}: {messages}");
    }
}

#[test]
fn five_mistakes_are_five_messages() {
    let messages = fs::read_to_string("tests/ui/shapes/five_mistakes.stderr").unwrap();
    assert_eq!(messages.lines().filter(|line| line.starts_with("error")).count(), 5, "{messages}");
}
