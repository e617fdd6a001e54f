castnet::network! {
    struct Net {
        input: [8],
        residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { residual { relu } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } } },
    }
}

fn main() {}
