//! `weights!`: a file of weights becomes a constant.
//!
//! The numbers are put in the order of memory here, because that takes the compiler's interpreter a microsecond each. What
//! the network is, only the compiler knows: the constant compares names, types and shapes.

use std::fs;
use std::path::{Path, PathBuf};

use castnet_safetensors::{Dtype, Header, Order, Tensor, header_len};
use proc_macro2::{Literal, Span, TokenStream};
use quote::{ToTokens as _, quote, quote_spanned};
use syn::parse::{Parse, ParseStream};
use syn::{LitStr, Token, Type};

/// A compiler takes several times a file of memory.
const LARGEST: u64 = 64 << 20;

/// The path of the crate `castnet`, the type, the file.
pub struct Weights {
    root: syn::Path,
    network: Type,
    file: LitStr,
}

impl Parse for Weights {
    fn parse(input: ParseStream<'_>) -> syn::Result<Self> {
        let root = syn::Path::parse_mod_style(input)?;
        input.parse::<Token![;]>()?;
        let help = |error: syn::Error| {
            let message = format!("{error}\nhelp: write for instance `weights!(LeNet5, \"lenet5.safetensors\")`");
            syn::Error::new(error.span(), message)
        };
        let network = input.parse().map_err(help)?;
        input.parse::<Token![,]>().map_err(help)?;
        let file = input.parse().map_err(help)?;
        input.parse::<Option<Token![,]>>()?;
        Ok(Self { root, network, file })
    }
}

/// An expression for the network, or what is wrong with the file. The path is relative to `folder`.
pub fn expand(weights: &Weights, folder: &Path) -> TokenStream {
    let path = folder.join(weights.file.value());
    match read(&path).and_then(|contents| constant(weights, &path, contents)) {
        Ok(expression) => expression,
        Err(message) => {
            let network = weights.network.to_token_stream();
            let help = format!(
                "{message}\nhelp: `.save(..)` of a `{network}` makes it, and so does `save_file(model.state_dict(), ..)` of `safetensors.torch` in Python"
            );
            syn::Error::new(weights.file.span(), help).into_compile_error()
        }
    }
}

fn read(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: std::io::Error| format!("`{}` cannot be read: {error}", path.display());
    let bytes = fs::metadata(path).map_err(unreadable)?.len();
    if bytes > LARGEST {
        return Err(format!(
            "`{}` has {bytes} bytes, but up to {LARGEST} become a constant, because compilers take several times that of \
             memory\nhelp: load it when the program starts: `Net::load(path)`",
            path.display()
        ));
    }
    fs::read(path).map_err(unreadable)
}

fn constant(weights: &Weights, path: &Path, contents: Vec<u8>) -> Result<TokenStream, String> {
    let fault = |fault: castnet_safetensors::Fault| format!("`{}`: {fault}", path.display());
    let cut_short = || format!("`{}` is cut short", path.display());
    let (first, rest) = contents.split_first_chunk().ok_or_else(cut_short)?;
    let (json, data) = rest.split_at_checked(header_len(*first).map_err(fault)?).ok_or_else(cut_short)?;
    let header = Header::parse(json).map_err(fault)?;
    if header.data_len() != data.len() as u64 {
        return Err(cut_short());
    }
    let Weights { root, network, file } = weights;
    let mut numbers = Vec::with_capacity(data.len());
    let tensors = header.tensors().filter(|tensor| !is_count(tensor)).map(|tensor| {
        let start = numbers.len();
        push_in_memory(&tensor, data, &mut numbers);
        let (name, dtype, end) = (tensor.name.to_string(), tensor.dtype.name(), numbers.len());
        let shape = tensor.shape.map(Literal::u64_unsuffixed);
        quote!(#root::__private::Constant { name: #name, dtype: #dtype, shape: &[#(#shape),*], start: #start, end: #end })
    });
    let tensors: Vec<TokenStream> = tensors.collect();
    // What is no longer needed makes room for the text of the literal.
    drop(contents);
    let numbers = Literal::byte_string(&numbers);
    let whole = path.canonicalize().unwrap_or_else(|_| path.into());
    let whole = whole.to_string_lossy();
    // Where something does not fit, the path is underlined.
    let span = file.span();
    let call = quote!(#root::__private::place::<#network>).into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    let call: TokenStream = call.collect();
    let placed = quote_spanned!(Span::call_site().located_at(span)=> (&mut __bytes, __TENSORS, __NUMBERS, #file));
    Ok(quote!({
        // The file is read again when it has changed.
        const _: &[::core::primitive::u8] = ::core::include_bytes!(#whole);
        static __NETWORK: #network = {
            const __TENSORS: &[#root::__private::Constant] = &[#(#tensors),*];
            const __NUMBERS: &[::core::primitive::u8] = #numbers;
            let mut __bytes = [0; ::core::mem::size_of::<#network>()];
            #call #placed;
            #root::bytemuck::must_cast(__bytes)
        };
        &__NETWORK
    }))
}

/// Whether it is what PyTorch's batch norm counts.
fn is_count(tensor: &Tensor<'_>) -> bool {
    tensor.name.to_string().rsplit('.').next() == Some("num_batches_tracked")
}

/// Adds the bytes of a tensor, a matrix column by column, as castnet has it.
fn push_in_memory(tensor: &Tensor<'_>, data: &[u8], to: &mut Vec<u8>) {
    let (Dtype::F32 | Dtype::F64, Some(bytes)) = (tensor.dtype, data.get(tensor.start as usize..tensor.end as usize))
    else {
        return;
    };
    let size = (tensor.dtype.bits() / 8) as usize;
    let numbers = bytes.len() / size;
    let rows = match tensor.shape.clone().next() {
        Some(rows @ 1..) if tensor.shape.len() > 1 => rows as usize,
        _ => return to.extend(bytes),
    };
    let start = to.len();
    to.resize(start + bytes.len(), 0);
    for (number, place) in bytes.chunks_exact(size).zip(Order::by_columns(rows, numbers / rows).places()) {
        to[start + place * size..][..size].copy_from_slice(number);
    }
}

/// The folder of the source file that a token stands in.
pub fn folder_of(span: Span) -> PathBuf {
    let file = span.unwrap().local_file();
    let folder = file.and_then(|file| Some(file.parent()?.to_path_buf()));
    folder.unwrap_or_else(|| std::env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from).unwrap_or_default())
}

impl Weights {
    /// Where the path of the file stands.
    pub fn span(&self) -> Span {
        self.file.span()
    }
}
