castnet::network! {
    pub struct Name { input: [784], dense(10) }
}

fn main() {}
