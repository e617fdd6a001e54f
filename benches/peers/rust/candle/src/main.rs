//! candle on the CPU, whose matrix products are the gemm crate's.
#[path = "../../common/bench.rs"]
mod bench;

use std::hint::black_box;

use bench::{Task, Work};
use candle_core::{DType, Device, Result, Tensor, Var};
use candle_nn::{
    batch_norm, conv2d, linear, loss, AdamW, BatchNorm, Conv2d, Conv2dConfig, Linear, Module, ModuleT, Optimizer,
    ParamsAdamW, VarBuilder, VarMap,
};

enum Net {
    Tanh(Linear, Linear, Linear),
    Relu(Linear, Linear),
    LeNet(Conv2d, Conv2d, Linear, Linear, Linear),
    Colour([(Conv2d, BatchNorm); 3], Linear),
}

impl Net {
    fn new(name: &str, vars: VarBuilder) -> Result<Net> {
        let l = |inputs, outputs, name: &str| linear(inputs, outputs, vars.pp(name));
        let c = |channels, filters, kernel, padding, name: &str| {
            conv2d(channels, filters, kernel, Conv2dConfig { padding, ..Default::default() }, vars.pp(name))
        };
        let n = |channels, name: &str| batch_norm(channels, 1e-5, vars.pp(name));
        Ok(match name {
            "controller" => Net::Tanh(l(17, 64, "1")?, l(64, 64, "2")?, l(64, 6, "3")?),
            "surface" => Net::Tanh(l(2, 32, "1")?, l(32, 32, "2")?, l(32, 1, "3")?),
            "full_batch" => Net::Tanh(l(4, 32, "1")?, l(32, 16, "2")?, l(16, 4, "3")?),
            "perceptron" => Net::Relu(l(784, 128, "1")?, l(128, 10, "2")?),
            "lenet" => Net::LeNet(
                c(1, 6, 5, 0, "1")?,
                c(6, 16, 5, 0, "2")?,
                l(256, 120, "3")?,
                l(120, 84, "4")?,
                l(84, 10, "5")?,
            ),
            "colour" => Net::Colour(
                [
                    (c(3, 16, 3, 1, "1")?, n(16, "2")?),
                    (c(16, 16, 3, 1, "3")?, n(16, "4")?),
                    (c(16, 32, 3, 1, "5")?, n(32, "6")?),
                ],
                l(2048, 10, "7")?,
            ),
            _ => unreachable!(),
        })
    }

    fn forward(&self, x: &Tensor, train: bool) -> Result<Tensor> {
        match self {
            Net::Tanh(a, b, c) => c.forward(&b.forward(&a.forward(x)?.tanh()?)?.tanh()?),
            Net::Relu(a, b) => b.forward(&a.forward(x)?.relu()?),
            Net::LeNet(a, b, c, d, e) => {
                let x = a.forward(x)?.relu()?.max_pool2d(2)?;
                let x = b.forward(&x)?.relu()?.max_pool2d(2)?.flatten_from(1)?;
                e.forward(&d.forward(&c.forward(&x)?.relu()?)?.relu()?)
            }
            Net::Colour([a, b, c], d) => {
                let f = |l: &(Conv2d, BatchNorm), x: &Tensor| l.1.forward_t(&l.0.forward(x)?, train)?.relu();
                let x = f(b, &f(a, x)?)?.max_pool2d(2)?;
                let x = f(c, &x)?.max_pool2d(2)?.flatten_from(1)?;
                d.forward(&x)
            }
        }
    }
}

/// Weights and biases in the order of the layers, which are named by their number.
fn load(vars: &VarMap, work: &Work) -> Result<()> {
    let named = vars.data().lock().unwrap();
    let set = |name: String, values: &[f32]| -> Result<()> {
        let var: &Var = &named[&name];
        var.set(&Tensor::from_slice(values, var.shape(), &Device::Cpu)?)
    };
    for (index, pair) in work.parameters.chunks(2).enumerate() {
        set(format!("{}.weight", index + 1), &pair[0])?;
        set(format!("{}.bias", index + 1), &pair[1])?;
    }
    Ok(())
}

fn prepare(work: &Work) -> Result<Task> {
    let (vars, device) = (VarMap::new(), Device::Cpu);
    let net = Net::new(work.net(), VarBuilder::from_varmap(&vars, DType::F32, &device))?;
    load(&vars, work)?;
    let shape: &[usize] = match work.net() {
        "lenet" => &[work.batch, 1, 28, 28],
        "colour" => &[work.batch, 3, 32, 32],
        _ => &[work.batch, work.input.len() / work.batch],
    };
    let x = Tensor::from_slice(&work.input, shape, &device)?;
    if !work.trains() {
        return Ok(Box::new(move |count: usize| {
            let mut output = net.forward(&x, false).unwrap();
            for _ in 1..count {
                output = black_box(net.forward(&x, false).unwrap());
            }
            output.flatten_all().unwrap().to_vec1().unwrap()
        }));
    }
    // AdamW without decay is Adam; candle has no other.
    let adam = ParamsAdamW { lr: work.learning_rate, beta1: 0.9, beta2: 0.999, eps: 1e-8, weight_decay: 0.0 };
    // The running statistics of batch norm are among the variables too, but get no gradient.
    let mut optimizer = AdamW::new(vars.all_vars(), adam)?;
    let regression = work.is_regression();
    let target = if regression {
        Tensor::from_slice(&work.target, (work.batch, work.target.len() / work.batch), &device)?
    } else {
        Tensor::new(work.classes(), &device)?
    };
    Ok(Box::new(move |count: usize| {
        let mut last = 0.0;
        for index in 0..count {
            let y = net.forward(&x, true).unwrap();
            let value = if regression { loss::mse(&y, &target) } else { loss::cross_entropy(&y, &target) }.unwrap();
            optimizer.backward_step(&value).unwrap();
            if index + 1 == count {
                last = value.to_scalar().unwrap();
            }
        }
        vec![last]
    }))
}

fn main() {
    bench::serve(|work, _| Some(prepare(work).unwrap()));
}
