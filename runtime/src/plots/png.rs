//! SVG as pixels.

use std::sync::{Arc, OnceLock};

use resvg::tiny_skia::{Pixmap, Transform};
use resvg::usvg::{Options, Tree, fontdb};

use super::PlotError;

/// Fonts that letters may be had from, the ones whose widths the layout is made for first.
const FAMILIES: [&str; 5] = ["DejaVu Sans", "Verdana", "Liberation Sans", "Noto Sans", "Arial"];

/// A file of PNG, `scale` times as large as the drawing.
pub(super) fn render(svg: &str, scale: f32) -> Result<Vec<u8>, PlotError> {
    let failed = |message: String| PlotError::Render { message };
    let options = Options { fontdb: fonts()?, ..Options::default() };
    let tree = Tree::from_str(svg, &options).map_err(|error| failed(error.to_string()))?;
    let size = tree.size().to_int_size().scale_by(scale).ok_or_else(|| failed("it has no size".to_owned()))?;
    let mut pixels = Pixmap::new(size.width(), size.height()).ok_or_else(|| failed("it is too large".to_owned()))?;
    resvg::render(&tree, Transform::from_scale(scale, scale), &mut pixels.as_mut());
    pixels.encode_png().map_err(|error| failed(error.to_string()))
}

/// The fonts of this machine, which are looked for once.
fn fonts() -> Result<Arc<fontdb::Database>, PlotError> {
    static FONTS: OnceLock<Option<Arc<fontdb::Database>>> = OnceLock::new();
    let fonts = FONTS.get_or_init(|| {
        let mut fonts = fontdb::Database::new();
        fonts.load_system_fonts();
        let family_of = |face: &fontdb::FaceInfo| face.families.first().map(|(name, _)| name.clone());
        let has = |name: &str| fonts.faces().any(|face| family_of(face).as_deref() == Some(name));
        let known = FAMILIES.into_iter().find(|name| has(name)).map(str::to_owned);
        let family = known.or_else(|| fonts.faces().find_map(family_of))?;
        fonts.set_sans_serif_family(family);
        Some(Arc::new(fonts))
    });
    fonts.clone().ok_or(PlotError::NoFont)
}
