/* Asks the network that is in the program. */
#include <stdio.h>

float line_predict(float place);

int main(void) {
    printf("%g\n", line_predict(2.0f));
    return 0;
}
