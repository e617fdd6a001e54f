// Trains XOR with the module in `bytes` and says what came of it, in a line that begins with "ok" if it learned.
async function xor(bytes) {
    const { instance } = await WebAssembly.instantiate(bytes, {});
    const { train, predict } = instance.exports;
    if (!Number.isNaN(predict(0, 1))) return "failed: a network predicts before it is trained";
    const steps = train(1);
    const table = [[0, 0], [0, 1], [1, 0], [1, 1]].map(([first, second]) => predict(first, second));
    const right = [0, 1, 1, 0].every((target, place) => Math.abs(table[place] - target) < 0.1);
    const outputs = table.map((output) => output.toFixed(3)).join(" ");
    return `${steps > 0 && right ? "ok" : "failed"}: ${steps} steps, outputs ${outputs}`;
}
