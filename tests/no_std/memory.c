/* What compilers take for granted, for a program without the library of C. */
#include <stddef.h>

void *memcpy(void *to, const void *from, size_t count) {
    char *target = to;
    for (const char *source = from; count > 0; count--) *target++ = *source++;
    return to;
}

void *memmove(void *to, const void *from, size_t count) {
    char *target = to;
    const char *source = from;
    if (target <= source) return memcpy(to, from, count);
    while (count-- > 0) target[count] = source[count];
    return to;
}

void *memset(void *to, int value, size_t count) {
    for (char *target = to; count > 0; count--) *target++ = (char)value;
    return to;
}

int memcmp(const void *one, const void *other, size_t count) {
    const unsigned char *left = one, *right = other;
    for (; count > 0; count--, left++, right++) {
        if (*left != *right) return *left - *right;
    }
    return 0;
}

int bcmp(const void *one, const void *other, size_t count) { return memcmp(one, other, count); }
