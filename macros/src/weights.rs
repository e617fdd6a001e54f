//! `weights!`: a file of weights becomes a constant.
//!
//! Only the header is read here. What the network is, only the compiler knows: the constant compares names, types and shapes,
//! and takes the numbers from the bytes that `include_bytes!` gives it. As a literal they would be three times as long.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Path, PathBuf};

use castnet_safetensors::{Header, Tensor, header_len};
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
    match read(&path).and_then(|header| constant(weights, &path, &header)) {
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

/// What stands before the numbers of a file.
struct Contents {
    json: Vec<u8>,
    /// How many bytes follow it.
    numbers: u64,
}

fn read(path: &Path) -> Result<Contents, String> {
    let unreadable = |error: io::Error| match error.kind() {
        io::ErrorKind::UnexpectedEof => cut_short(path),
        _ => format!("`{}` cannot be read: {error}", path.display()),
    };
    let mut file = File::open(path).map_err(unreadable)?;
    let bytes = file.metadata().map_err(unreadable)?.len();
    if bytes > LARGEST {
        return Err(format!(
            "`{}` has {bytes} bytes, but up to {LARGEST} become a constant, because compilers take several times that of \
             memory\nhelp: load it when the program starts: `Net::load(path)`",
            path.display()
        ));
    }
    let mut first = [0; 8];
    file.read_exact(&mut first).map_err(unreadable)?;
    let len = header_len(first).map_err(|fault| format!("`{}`: {fault}", path.display()))?;
    let Some(numbers) = bytes.checked_sub(8 + len as u64) else { return Err(cut_short(path)) };
    let mut json = vec![0; len];
    file.read_exact(&mut json).map_err(unreadable)?;
    Ok(Contents { json, numbers })
}

fn cut_short(path: &Path) -> String {
    format!("`{}` is cut short", path.display())
}

fn constant(weights: &Weights, path: &Path, contents: &Contents) -> Result<TokenStream, String> {
    let header = Header::parse(&contents.json).map_err(|fault| format!("`{}`: {fault}", path.display()))?;
    if header.data_len() != contents.numbers {
        return Err(cut_short(path));
    }
    let Weights { root, network, file } = weights;
    let tensors = header.tensors().filter(|tensor| !is_count(tensor)).map(|Tensor { name, dtype, shape, start, end }| {
        let (name, dtype) = (name.to_string(), dtype.name());
        let shape = shape.map(Literal::u64_unsuffixed);
        let [start, end] = [start, end].map(Literal::u64_unsuffixed);
        quote!(#root::__private::Constant { name: #name, dtype: #dtype, shape: &[#(#shape),*], start: #start, end: #end })
    });
    let before = 8 + contents.json.len();
    let whole = path.canonicalize().unwrap_or_else(|_| path.into());
    let whole = whole.to_string_lossy();
    // Where something does not fit, the path is underlined.
    let span = file.span();
    let call = quote!(#root::__private::place::<#network>).into_iter().map(|mut token| {
        token.set_span(token.span().located_at(span));
        token
    });
    let call: TokenStream = call.collect();
    let placed = quote_spanned!(Span::call_site().located_at(span)=> (&mut __network, __TENSORS, &__numbers, #file));
    let scalar = quote!(<#network as #root::Parameters>::Scalar);
    let size = quote!(::core::mem::size_of::<#scalar>());
    let length = Literal::u64_unsuffixed(contents.numbers);
    Ok(quote!({
        // Millions of numbers take a while.
        #[allow(long_running_const_eval)]
        static __NETWORK: #network = {
            const __TENSORS: &[#root::__private::Constant] = &[#(#tensors),*];
            // The file is read again when it has changed.
            const __FILE: &[::core::primitive::u8] = ::core::include_bytes!(#whole);
            // Few copies at a time: what a block has made room for is free behind it.
            let __network = {
                let __numbers: [#scalar; #length / #size] =
                    #root::__private::numbers::<_, { #length / #size * #size }, _>(__FILE.split_at(#before).1);
                let mut __network = [<#scalar as #root::Scalar>::ZERO; ::core::mem::size_of::<#network>() / #size];
                #call #placed;
                __network
            };
            #root::bytemuck::must_cast(__network)
        };
        &__NETWORK
    }))
}

/// Whether it is what PyTorch's batch norm counts.
fn is_count(tensor: &Tensor<'_>) -> bool {
    tensor.name.to_string().rsplit('.').next() == Some("num_batches_tracked")
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

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// What becomes of a file with these contents, or of that length.
    fn expansion(name: &str, contents: &[u8], len: u64) -> String {
        let path = std::env::temp_dir().join(format!("castnet-{}-{name}.safetensors", std::process::id()));
        fs::write(&path, contents).unwrap();
        fs::OpenOptions::new().write(true).open(&path).unwrap().set_len(len).unwrap();
        let source = format!("::castnet; Net, {:?}", path.to_str().unwrap());
        let expansion = expand(&syn::parse_str(&source).unwrap(), Path::new("/")).to_string();
        fs::remove_file(&path).unwrap();
        expansion
    }

    #[test]
    fn large_files_are_refused_with_a_reason() {
        // A file of nothing but a length takes no room.
        let expansion = expansion("large", &[], LARGEST + 1);
        assert!(expansion.contains("has 67108865 bytes, but up to 67108864 become a constant, because"), "{expansion}");
        assert!(expansion.contains("load it when the program starts"), "{expansion}");
    }

    #[test]
    fn files_that_are_cut_short_are_refused() {
        let file = [&[10, 0, 0, 0, 0, 0, 0, 0][..], b"{}        "].concat();
        assert!(expansion("whole", &file, 18).contains("include_bytes"));
        for len in [0, 7, 12, 19] {
            assert!(expansion("short", &file, len).contains("is cut short"), "{len}");
        }
        assert!(expansion("header", b"\xff\xff\xff\xff\xff\xff\xff\xff", 8).contains("compile_error"));
    }
}
