// The latents of `python -m gan_lightning.sample`: of a seed and a sample's number, by torch's own generator.
"use strict";

// BLAKE2b (RFC 7693) of a short text: the first 8 bytes of the digest, as a number.
function blake2b64(text) {
  const MASK = (1n << 64n) - 1n, rotate = (x, n) => ((x >> n) | (x << (64n - n))) & MASK;
  const IV = [
    0x6a09e667f3bcc908n, 0xbb67ae8584caa73bn, 0x3c6ef372fe94f82bn, 0xa54ff53a5f1d36f1n,
    0x510e527fade682d1n, 0x9b05688c2b3e6c1fn, 0x1f83d9abfb41bd6bn, 0x5be0cd19137e2179n,
  ];
  const SIGMA = [
    "0123456789abcdef", "ea489fd61c02b753", "b8c052fdae367194", "7931dcbe265a40f8", "905724afe1bc683d",
    "2c6a0b834d75fe19", "c51fed4a0763928b", "db7ec13950f4862a", "6fe9b308c2d714a5", "a2847615fb9e3cd0",
  ];
  const bytes = new TextEncoder().encode(text), block = new Uint8Array(128);
  block.set(bytes);  // a key of seed, name and number is always shorter
  const view = new DataView(block.buffer), m = Array.from({ length: 16 }, (_, i) => view.getBigUint64(8 * i, true));
  const h = IV.slice();
  h[0] ^= 0x01010000n ^ 8n;
  const v = [...h, ...IV];
  v[12] ^= BigInt(bytes.length);
  v[14] ^= MASK;
  const mix = (a, b, c, d, x, y) => {
    v[a] = (v[a] + v[b] + x) & MASK; v[d] = rotate(v[d] ^ v[a], 32n);
    v[c] = (v[c] + v[d]) & MASK; v[b] = rotate(v[b] ^ v[c], 24n);
    v[a] = (v[a] + v[b] + y) & MASK; v[d] = rotate(v[d] ^ v[a], 16n);
    v[c] = (v[c] + v[d]) & MASK; v[b] = rotate(v[b] ^ v[c], 63n);
  };
  for (let round = 0; round < 12; round++) {
    const s = Array.from(SIGMA[round % 10], (digit) => m[parseInt(digit, 16)]);
    for (let i = 0; i < 4; i++) mix(i, i + 4, i + 8, i + 12, s[2 * i], s[2 * i + 1]);
    for (let i = 0; i < 4; i++) mix(i, ((i + 1) % 4) + 4, ((i + 2) % 4) + 8, ((i + 3) % 4) + 12, s[8 + 2 * i], s[9 + 2 * i]);
  }
  return h[0] ^ v[0] ^ v[8];
}

// torch.Generator of `core/rng.py`'s new_rng(seed, name, index): the Mersenne Twister MT19937.
class Generator {
  constructor(seed, name, index) {
    this.state = new Uint32Array(624);
    this.state[0] = Number((blake2b64(`(${seed}, '${name}', ${index})`) >> 1n) & 0xffffffffn);
    for (let i = 1; i < 624; i++) {
      const last = this.state[i - 1] ^ (this.state[i - 1] >>> 30);
      this.state[i] = Math.imul(last, 1812433253) + i;
    }
    this.next = 624;
  }

  bits32() {
    const s = this.state;
    if (this.next === 624) {
      for (let i = 0; i < 624; i++) {
        const y = (s[i] & 0x80000000) | (s[(i + 1) % 624] & 0x7fffffff);
        s[i] = s[(i + 397) % 624] ^ (y >>> 1) ^ (y & 1 ? 0x9908b0df : 0);
      }
      this.next = 0;
    }
    let y = s[this.next++];
    y ^= y >>> 11;
    y ^= (y << 7) & 0x9d2c5680;
    y ^= (y << 15) & 0xefc60000;
    return (y ^ (y >>> 18)) >>> 0;
  }

  // Uniform on [0, 1) in double precision, of 53 bits.
  double() {
    const high = this.bits32() & 0x1fffff, low = this.bits32();
    return (high * 2 ** 32 + low) * 2 ** -53;
  }

  // torch.randn(count): blocks of 16 by Box and Muller, or pairs in double precision where there are fewer.
  normal(count) {
    const x = new Float32Array(count);
    if (count < 16) {
      for (let i = 0; i < count; i += 2) {
        const angle = 2 * Math.PI * this.double(), radius = Math.sqrt(-2 * Math.log1p(-this.double()));
        x[i] = radius * Math.cos(angle);
        if (i + 1 < count) x[i + 1] = radius * Math.sin(angle);
      }
      return x;
    }
    const uniform = () => (this.bits32() & 0xffffff) * 2 ** -24;
    const block = (at) => {
      for (let j = at; j < at + 8; j++) {
        const radius = Math.sqrt(-2 * Math.log(1 - x[j])), angle = 2 * Math.PI * x[j + 8];
        x[j] = radius * Math.cos(angle);
        x[j + 8] = radius * Math.sin(angle);
      }
    };
    for (let i = 0; i < count; i++) x[i] = uniform();
    for (let at = 0; at + 16 <= count; at += 16) block(at);
    if (count % 16) {
      for (let i = count - 16; i < count; i++) x[i] = uniform();
      block(count - 16);
    }
    return x;
  }
}

const polynomial = (coefficients, x) => coefficients.reduce((sum, c) => sum * x + c, 0);

function erf(x) {  // Press et al., Numerical Recipes, erfcc
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const coefficients = [0.17087277, -0.82215223, 1.48851587, -1.13520398, 0.27886807, -0.18628806, 0.09678418,
    0.37409196, 1.00002368];
  return Math.sign(x) * (1 - t * Math.exp(-x * x - 1.26551223 + t * polynomial(coefficients, t)));
}

function erfinv(x) {  // Giles 2012
  const w = -Math.log((1 - x) * (1 + x));
  const central = [2.81022636e-8, 3.43273939e-7, -3.5233877e-6, -4.39150654e-6, 0.00021858087, -0.00125372503,
    -0.00417768164, 0.246640727, 1.50140941];
  const tail = [-0.000200214257, 0.000100950558, 0.00134934322, -0.00367342844, 0.00573950773, -0.0076224613,
    0.00943887047, 1.00167406, 2.83297682];
  return x * (w < 5 ? polynomial(central, w - 2.5) : polynomial(tail, Math.sqrt(w) - 3));
}

// Latent of a sample; entries beyond the threshold (null: none is) are resampled from within.
function latentOf(seed, index, length, threshold) {
  const latent = new Generator(seed, "sample", index).normal(length);
  if (threshold === null) return latent;
  const rng = new Generator(seed, "truncation", index);
  for (let i = 0; i < length; i++) {
    const within = Math.SQRT2 * erfinv((rng.double() * 2 - 1) * erf(threshold / Math.SQRT2));
    if (Math.abs(latent[i]) > threshold) latent[i] = Math.max(-threshold, Math.min(threshold, within));
  }
  return latent;
}

// The great circle between two latents; see `sample/latent/interpolation.py`.
function between(first, second, t) {
  const length = (z) => Math.hypot(...z), [a, b] = [length(first), length(second)];
  let apart = 0, together = 0;
  first.forEach((z, i) => {
    const u = z / a, v = second[i] / b;
    apart += (u - v) ** 2;
    together += (u + v) ** 2;
  });
  const angle = 2 * Math.atan2(Math.sqrt(apart), Math.sqrt(together)), sine = Math.sin(angle), straight = !(sine > 1e-6);
  const from = straight ? 1 - t : Math.sin((1 - t) * angle) / sine, to = straight ? t : Math.sin(t * angle) / sine;
  return first.map((z, i) => from * z + to * second[i]);
}
