/* Trains XOR with the static library of this folder, and fails if it has not been learnt. */
#include <stdint.h>
#include <stdio.h>

double xor_train(uint64_t seed, uint64_t steps);
float xor_predict(float left, float right);

/* Rust's own library names it, which is compiled so that panics can be caught; here a panic ends the program. */
void rust_eh_personality(void);
void rust_eh_personality(void) {}

int main(void) {
    double loss = xor_train(1, 1000);
    printf("loss %.6f\n", loss);
    int wrong = loss < 0.0 || loss > 0.01;
    for (int left = 0; left < 2; left++) {
        for (int right = 0; right < 2; right++) {
            float output = xor_predict((float)left, (float)right);
            printf("%d xor %d: %.3f\n", left, right, output);
            wrong |= (output > 0.5f) != (left ^ right);
        }
    }
    return wrong;
}
