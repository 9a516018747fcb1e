// Sums of products of signed bytes in portable C.

typedef int32_t vbytes;
/// VB bytes a step; what every byte of a row is larger by in the sums.
enum { VB = 32, VBYTES_OFFSET = 0 };

SB_INLINE vbytes vbytes_zero(void) { return 0; }
/// sum += row * query.
SB_INLINE vbytes vbytes_dot(const int8_t *row, const int8_t *query, vbytes sum) {
    for (int i = 0; i < VB; i++) sum += row[i] * query[i];
    return sum;
}
/// The totals of four sums.
SB_INLINE void vbytes_sums(int32_t y[4], const vbytes sums[4]) { memcpy(y, sums, 4 * sizeof *y); }
