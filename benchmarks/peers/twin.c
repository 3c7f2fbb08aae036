/* The C twin: what a patient C programmer would write for one network of dense ReLU layers, in float.
 *
 * Own loops for one output column and for tiny products, OpenBLAS for all others; sparsity is not used. Compiled with
 * gcc -O3 -march=native -ffast-math -mprefer-vector-width=512. The mathematics is tinynet's and Keras's: cross-entropy
 * on logits, RMSprop with epsilon inside the root, gradients averaged over the batch, the last batch uneven.
 */
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef OWN_LOOPS /* without a BLAS: good enough for tests */
#define TINY LONG_MAX
#define scipy_cblas_sgemm(...) abort()
#else
#include <cblas.h>
#define TINY 4096 /* up to this many multiply-adds, own loops are faster than a call of OpenBLAS */
#endif
#define MAX_LAYERS 32

enum { BCE, CCE, MSE };
enum { RMSPROP, SGD };

typedef struct {
    int layers, batch, loss, optimizer, sizes[MAX_LAYERS + 1];
    float rate;
    long size, kernel[MAX_LAYERS], bias[MAX_LAYERS];
    float *params, *grads, *slots, *a[MAX_LAYERS + 1], *d[MAX_LAYERS + 1], *y;
    int *order, order_size;
    uint64_t random;
} Net;

typedef float v16 __attribute__((vector_size(64), aligned(4), may_alias)); /* unaligned vectors of 16 floats */
typedef int bits __attribute__((vector_size(64)));
#define V(address) (*(v16 *)(address))

static void *room(size_t floats) {
    size_t bytes = (floats * sizeof(float) + 63) / 64 * 64;
    void *memory = aligned_alloc(64, bytes ? bytes : 64);
    memset(memory, 0, bytes);
    return memory;
}

Net *twin_new(int layers, const int *sizes, int batch, int loss, int optimizer, float rate) {
    Net *net = calloc(1, sizeof(Net));
    net->layers = layers, net->batch = batch, net->loss = loss, net->optimizer = optimizer, net->rate = rate;
    net->random = 88172645463325252ull;
    for (int l = 0; l <= layers; l++) {
        net->sizes[l] = sizes[l];
        net->a[l] = room((size_t)batch * sizes[l]);
        net->d[l] = room((size_t)batch * sizes[l]);
    }
    for (int l = 0; l < layers; l++) {
        net->kernel[l] = net->size, net->size += ((long)sizes[l] * sizes[l + 1] + 15) / 16 * 16;
        net->bias[l] = net->size, net->size += (sizes[l + 1] + 15) / 16 * 16;
    }
    net->params = room(net->size), net->grads = room(net->size), net->slots = room(net->size);
    net->y = room((size_t)batch * sizes[layers]);
    return net;
}

void twin_weights(Net *net, int l, float *kernel, float *bias, int set) {
    size_t k = sizeof(float) * net->sizes[l] * net->sizes[l + 1], b = sizeof(float) * net->sizes[l + 1];
    float *mine = net->params + net->kernel[l], *my_bias = net->params + net->bias[l];
    memcpy(set ? mine : kernel, set ? kernel : mine, k);
    memcpy(set ? my_bias : bias, set ? bias : my_bias, b);
    if (set) memset(net->slots, 0, net->size * sizeof(float));
}

/* z = a w + b, with a (n, k), w (k, m) */
static void dense(const float *restrict a, const float *restrict w, const float *restrict b, float *restrict z, int n,
                  int k, int m, int relu) {
    if (m == 1) {
        for (int i = 0; i < n; i++) {
            float sum = b[0];
            for (int p = 0; p < k; p++) sum += a[(long)i * k + p] * w[p];
            z[i] = relu ? fmaxf(sum, 0) : sum;
        }
        return;
    }
    for (int i = 0; i < n; i++) memcpy(z + (long)i * m, b, m * sizeof(float));
    if ((long)n * k * m <= TINY) {
        for (int i = 0; i < n; i++)
            for (int p = 0; p < k; p++)
                for (int j = 0; j < m; j++) z[i * m + j] += a[i * k + p] * w[p * m + j];
    } else {
        scipy_cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasNoTrans, n, m, k, 1, a, k, w, m, 1, z, m);
    }
    if (relu)
        for (long i = 0; i < (long)n * m; i++) z[i] = fmaxf(z[i], 0);
}

/* dw = aᵀ d, db = Σ d, da = d wᵀ where a > 0 (unless da is NULL) */
static void dense_back(const float *restrict a, const float *restrict w, const float *restrict d, float *restrict dw,
                       float *restrict db, float *restrict da, int n, int k, int m) {
    if (m == 1) {
        float sum = 0;
        for (int i = 0; i < n; i++) sum += d[i];
        db[0] = sum;
        int p = 0;
        for (; p + 16 <= k; p += 16) { /* a strip of 16 columns, its sums and weights kept in registers */
            v16 sums = {0}, zero = {0}, strip = V(w + p);
            for (int i = 0; i < n; i++) {
                v16 row = V(a + (long)i * k + p);
                sums += d[i] * row;
                if (da) V(da + (long)i * k + p) = (v16)((row > zero) & (bits)(d[i] * strip));
            }
            V(dw + p) = sums;
        }
        for (; p < k; p++) {
            float column = 0;
            for (int i = 0; i < n; i++) column += d[i] * a[(long)i * k + p];
            dw[p] = column;
            if (da)
                for (int i = 0; i < n; i++) da[(long)i * k + p] = a[(long)i * k + p] > 0 ? d[i] * w[p] : 0;
        }
        return;
    }
    memset(db, 0, m * sizeof(float));
    for (int i = 0; i < n; i++)
        for (int j = 0; j < m; j++) db[j] += d[(long)i * m + j];
    if ((long)n * k * m <= TINY) {
        memset(dw, 0, sizeof(float) * k * m);
        for (int i = 0; i < n; i++)
            for (int p = 0; p < k; p++)
                for (int j = 0; j < m; j++) dw[p * m + j] += a[i * k + p] * d[i * m + j];
        if (da)
            for (int i = 0; i < n; i++)
                for (int p = 0; p < k; p++) {
                    float sum = 0;
                    for (int j = 0; j < m; j++) sum += d[i * m + j] * w[p * m + j];
                    da[i * k + p] = a[i * k + p] > 0 ? sum : 0;
                }
        return;
    }
    scipy_cblas_sgemm(CblasRowMajor, CblasTrans, CblasNoTrans, k, m, n, 1, a, k, d, m, 0, dw, m);
    if (da) {
        scipy_cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, n, k, m, 1, d, m, w, m, 0, da, k);
        for (long i = 0; i < (long)n * k; i++) da[i] = a[i] > 0 ? da[i] : 0;
    }
}

/* The sum over the batch of the loss; d = its gradient by the logits, divided by the rows. */
static double loss_of(int kind, const float *restrict z, const float *restrict y, float *restrict d, int n, int m) {
    float total = 0, scale = 1.0f / n;
    if (kind == BCE) {
        scale /= m;
        for (int i = 0; i < n * m; i++) {
            float e = expf(-fabsf(z[i])), p = (z[i] >= 0 ? 1 : e) / (1 + e);
            total += fmaxf(z[i], 0) - z[i] * y[i] + logf(1 + e);
            d[i] = (p - y[i]) * scale;
        }
        return total / m;
    }
    if (kind == MSE) {
        scale *= 2.0f / m;
        for (int i = 0; i < n * m; i++) {
            float e = z[i] - y[i];
            total += e * e;
            d[i] = e * scale;
        }
        return total / m;
    }
    for (int i = 0; i < n; i++) {
        const float *zi = z + i * m, *yi = y + i * m;
        float *di = d + i * m, most = zi[0], sum = 0, right = 0;
        for (int j = 1; j < m; j++) most = fmaxf(most, zi[j]);
        for (int j = 0; j < m; j++) sum += di[j] = expf(zi[j] - most);
        for (int j = 0; j < m; j++) right += yi[j] * (zi[j] - most);
        total += logf(sum) - right;
        for (int j = 0; j < m; j++) di[j] = (di[j] / sum - yi[j]) * scale;
    }
    return total;
}

static const float *forward(Net *net, const float *x, int n) {
    const float *a = x;
    for (int l = 0; l < net->layers; l++) {
        dense(a, net->params + net->kernel[l], net->params + net->bias[l], net->a[l + 1], n, net->sizes[l],
              net->sizes[l + 1], l < net->layers - 1);
        a = net->a[l + 1];
    }
    return a;
}

static double step(Net *net, const float *x, const float *y, int n) {
    int last = net->layers;
    const float *z = forward(net, x, n);
    double loss = loss_of(net->loss, z, y, net->d[last], n, net->sizes[last]);
    for (int l = last - 1; l >= 0; l--)
        dense_back(l ? net->a[l] : x, net->params + net->kernel[l], net->d[l + 1], net->grads + net->kernel[l],
                   net->grads + net->bias[l], l ? net->d[l] : NULL, n, net->sizes[l], net->sizes[l + 1]);
    float *restrict w = net->params, *restrict g = net->grads, *restrict v = net->slots, rate = net->rate;
    if (net->optimizer == SGD) {
        for (long i = 0; i < net->size; i++) w[i] -= rate * g[i];
    } else {
        for (long i = 0; i < net->size; i++) {
            v[i] = 0.9f * v[i] + 0.1f * g[i] * g[i];
            w[i] -= rate * g[i] / sqrtf(v[i] + 1e-7f);
        }
    }
    return loss;
}

/* One epoch over n rows, shuffled unless told otherwise; returns the mean loss. */
double twin_epoch(Net *net, const float *x, const float *y, int n, int shuffle) {
    int inputs = net->sizes[0], outputs = net->sizes[net->layers];
    if (net->order_size != n) {
        net->order = realloc(net->order, n * sizeof(int));
        net->order_size = n;
        for (int i = 0; i < n; i++) net->order[i] = i;
    }
    if (shuffle) {
        uint64_t r = net->random;
        for (int i = n - 1; i > 0; i--) {
            r ^= r << 13, r ^= r >> 7, r ^= r << 17;
            int pick = (int)(((r >> 32) * (uint64_t)(i + 1)) >> 32), kept = net->order[i];
            net->order[i] = net->order[pick], net->order[pick] = kept;
        }
        net->random = r;
    }
    double total = 0;
    for (int first = 0; first < n; first += net->batch) {
        int rows = n - first < net->batch ? n - first : net->batch;
        for (int i = 0; i < rows; i++) {
            const float *from = x + (long)net->order[first + i] * inputs;
            memcpy(net->a[0] + (long)i * inputs, from, inputs * sizeof(float));
            memcpy(net->y + (long)i * outputs, y + (long)net->order[first + i] * outputs, outputs * sizeof(float));
        }
        total += step(net, net->a[0], net->y, rows);
    }
    return total / n;
}

double twin_loss(Net *net, const float *x, const float *y, int n) {
    int inputs = net->sizes[0], outputs = net->sizes[net->layers];
    double total = 0;
    for (int first = 0; first < n; first += net->batch) {
        int rows = n - first < net->batch ? n - first : net->batch;
        const float *z = forward(net, x + (long)first * inputs, rows);
        total += loss_of(net->loss, z, y + (long)first * outputs, net->d[net->layers], rows, outputs);
    }
    return total / n;
}

/* The probability for one row: `calls` times, for timing without Python. */
float twin_predict_one(Net *net, const float *x, int calls) {
    float sum = 0;
    for (int c = 0; c < calls; c++) sum += 1 / (1 + expf(-forward(net, x, 1)[0]));
    return sum / calls;
}
