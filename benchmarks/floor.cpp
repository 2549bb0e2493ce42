// The speed of light for the plastic input layer of the flagship network: a hand-written, event-driven,
// float32 loop over 784 Poisson inputs and 200 LIF neurons, 150 steps of 1 ms an image, with the pre-spike
// update (exp(-m|w|) gate, clip), the heterosynaptic post-spike update and the per-image m and w_ref updates.
// Not a reference for results (no output layer, no error neurons: U is a fixed random vector): only for speed.
//
//   gzip -dc mnist/train-images-idx3-ubyte.gz | tail -c +17 > train.u8
//   g++ -O3 -march=native -ffast-math -o floor benchmarks/floor.cpp && ./floor train.u8 1000
#include <chrono>
#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

static uint64_t state[2] = {1, 2};
static inline uint64_t next_random() {
  uint64_t a = state[0], b = state[1];
  state[0] = b;
  a ^= a << 23;
  state[1] = a ^ b ^ (a >> 17) ^ (b >> 26);
  return state[1] + b;
}
static inline float uniform() { return (next_random() >> 40) * (1.f / 16777216); }
static float *aligned(size_t n) { return (float *)aligned_alloc(64, ((n * 4 + 63) / 64) * 64); }

int main(int argc, char **argv) {
  const int N_IN = 784, N_HID = 200, ROW = 208, STEPS = 150;
  if (argc < 3) return puts("usage: floor train.u8 IMAGES"), 2;
  const int images = atoi(argv[2]);
  std::vector<uint8_t> pixels((size_t)images * N_IN);
  FILE *f = fopen(argv[1], "rb");
  if (!f || fread(pixels.data(), 1, pixels.size(), f) != pixels.size()) return puts("cannot read the images"), 2;

  float *w = aligned(N_IN * ROW), *m = aligned(N_IN * ROW), *w_ref = aligned(N_IN * ROW);
  for (int k = 0; k < N_IN * ROW; k++) w_ref[k] = w[k] = 2 * uniform() - 1, m[k] = k % 3 == 0;
  float I[ROW], V[ROW], U[ROW], x_in[N_IN], x_hid[ROW], rate[ROW];
  int refractory[ROW];
  long events = 0, hidden_spikes = 0;
  auto begin = std::chrono::steady_clock::now();
  for (int q = 0; q < images; q++) {
    const uint8_t *pixel = &pixels[(size_t)q * N_IN];
    memset(I, 0, sizeof I), memset(V, 0, sizeof V), memset(x_in, 0, sizeof x_in), memset(x_hid, 0, sizeof x_hid);
    memset(refractory, 0, sizeof refractory);
    for (int j = 0; j < ROW; j++) U[j] = 0.01f * (uniform() - .5f);
    for (int t = 0; t < STEPS; t++) {
      for (int j = 0; j < N_HID; j++) {
        bool resting = refractory[j] > 0;
        I[j] *= 0.9f;
        V[j] = resting ? V[j] : V[j] + (I[j] - V[j]) * (1 / 15.f);
        refractory[j] -= resting;
        U[j] *= 0.999f;
        x_hid[j] *= 0.96f;
      }
      int fired[ROW], n_fired = 0;
      for (int j = 0; j < N_HID; j++)
        if (V[j] >= 1) V[j] = 0, refractory[j] = 4, x_hid[j] += 1, fired[n_fired++] = j;
      hidden_spikes += n_fired;
      for (int j = 0; j < ROW; j++) rate[j] = 3e-3f * U[j] * (fabsf(I[j]) < 4);
      for (int i = 0; i < N_IN; i++) {
        x_in[i] *= 0.96f;
        if (!pixel[i] || uniform() >= pixel[i] * (0.25f / 255)) continue;
        x_in[i] += 1, events++;
        float *wi = w + i * ROW, *mi = m + i * ROW;
        for (int j = 0; j < ROW; j++) {
          float a = wi[j];
          I[j] += a * 0.1f;
          wi[j] = fminf(fmaxf(a - rate[j] * expf(-mi[j] * fabsf(a)), -3.f), 3.f);
        }
      }
      for (int k = 0; k < n_fired; k++)
        for (int i = 0, j = fired[k]; i < N_IN; i++)
          if (x_in[i] <= 5.5f) w[i * ROW + j] -= 0.003f * (w[i * ROW + j] - w_ref[i * ROW + j]);
    }
    for (int i = 0; i < N_IN; i++)
      for (int j = 0; j < ROW; j++) {
        int k = i * ROW + j;
        if (x_in[i] > 5.5f && x_hid[j] > 2.25f) m[k] = fminf(m[k] + 36e-4f, 10.f);
        w_ref[k] += 0.005f * (w[k] - w_ref[k]);
      }
  }
  double s = std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  printf("%.3f ms/image, %.0f input spikes and %.0f hidden spikes an image, %.2f ns a pre-event (w[5] = %g)\n",
         s / images * 1e3, (double)events / images, (double)hidden_spikes / images, s / events / N_HID * 1e9, w[5]);
}
