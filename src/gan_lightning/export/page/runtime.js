// The operations of our generators, in plain JavaScript. A value is {data, shape}; images are [N, C, H, W].
// Loops are ordered so that the innermost one runs over neighbouring numbers.
"use strict";

const size = (shape) => shape.reduce((product, n) => product * n, 1);

function unary(f) {
  return (node, [x]) => {
    const y = new Float32Array(x.data.length);
    for (let i = 0; i < y.length; i++) y[i] = f(x.data[i], node);
    return y;
  };
}

// The error function, by its Taylor series; beyond 4 it is 1 in single precision.
function erf(x) {
  if (Math.abs(x) >= 4) return Math.sign(x);
  let term = x, sum = x;
  for (let n = 1; Math.abs(term) > 1e-12 * Math.abs(sum); n++) {
    term *= -x * x / n;
    sum += term / (2 * n + 1);
  }
  return (2 / Math.sqrt(Math.PI)) * sum;
}

// Reduces the dimensions `node.dims`: `start` is what each result begins with, `step` joins a number to it.
function reduction(start, step, finish) {
  return (node, [x]) => {
    const kept = x.shape.map((n, d) => (node.dims.includes(d) ? 1 : n));
    const stride = strides(kept, x.shape), index = new Array(x.shape.length).fill(0);
    const results = new Float64Array(size(kept)).fill(start), count = x.data.length / results.length;
    for (let i = 0; i < x.data.length; i++) {
      const at = index.reduce((sum, n, d) => sum + n * stride[d], 0);
      results[at] = step(results[at], x.data[i]);
      for (let d = index.length - 1; d >= 0 && ++index[d] === x.shape[d]; d--) index[d] = 0;
    }
    return Float32Array.from(results, (result) => finish(result, count));
  };
}

// Strides of a tensor that is broadcast to `shape`: 0 where it is repeated.
function strides(from, shape) {
  const result = new Array(shape.length).fill(0);
  let step = 1;
  for (let d = from.length - 1, out = shape.length - 1; d >= 0; d--, out--) {
    if (from[d] !== 1) result[out] = step;
    step *= from[d];
  }
  return result;
}

function binary(f) {
  return (node, [a, b]) => {
    const shape = node.shape, y = new Float32Array(size(shape)), last = shape.length - 1;
    const left = strides(a.shape, shape), right = strides(b.shape, shape);
    const row = shape[last] ?? 1, index = new Array(shape.length).fill(0);
    const stepA = left[last] ?? 0, stepB = right[last] ?? 0;
    for (let at = 0; at < y.length; at += row) {
      let i = 0, j = 0;
      for (let d = 0; d < last; d++) { i += index[d] * left[d]; j += index[d] * right[d]; }
      for (let k = 0; k < row; k++) y[at + k] = f(a.data[i + k * stepA], b.data[j + k * stepB]);
      for (let d = last - 1; d >= 0 && ++index[d] === shape[d]; d--) index[d] = 0;
    }
    return y;
  };
}

// Blocks before, along and after a dimension.
function around(shape, dim) {
  return [size(shape.slice(0, dim)), shape[dim], size(shape.slice(dim + 1))];
}

const OPERATIONS = {
  relu: unary((x) => (x > 0 ? x : 0)),
  leaky_relu: unary((x, node) => (x > 0 ? x : x * node.slope)),
  tanh: unary(Math.tanh),
  sigmoid: unary((x) => 1 / (1 + Math.exp(-x))),
  square: unary((x) => x * x),
  rsqrt: unary((x) => 1 / Math.sqrt(x)),
  add: binary((a, b) => a + b),
  sub: binary((a, b) => a - b),
  mul: binary((a, b) => a * b),
  div: binary((a, b) => a / b),
  ge: binary((a, b) => (a >= b ? 1 : 0)),
  eq: binary((a, b) => (a === b ? 1 : 0)),
  erf: unary(erf),
  exp: unary(Math.exp),
  mean: reduction(0, (sum, x) => sum + x, (sum, count) => sum / count),
  amax: reduction(-Infinity, Math.max, (most) => most),
  reshape: (node, [x]) => x.data,

  linear(node, [x, weight, bias]) {
    const [outputs, inputs] = weight.shape, rows = x.data.length / inputs;
    const y = new Float32Array(rows * outputs);
    for (let r = 0; r < rows; r++) {
      for (let o = 0; o < outputs; o++) {
        let sum = bias ? bias.data[o] : 0;
        for (let i = 0, w = o * inputs, at = r * inputs; i < inputs; i++) sum += weight.data[w + i] * x.data[at + i];
        y[r * outputs + o] = sum;
      }
    }
    return y;
  },

  conv2d(node, [x, weight, bias]) {
    const [batch, channels, height, width] = x.shape, [, outputs, high, wide] = node.shape;
    const [, inside, kernelY, kernelX] = weight.shape, perGroup = outputs / node.groups;
    const [strideY, strideX] = node.stride, [padY, padX] = node.padding, [spreadY, spreadX] = node.dilation;
    const y = new Float32Array(size(node.shape));
    for (let n = 0; n < batch; n++) for (let o = 0; o < outputs; o++) {
      const to = (n * outputs + o) * high * wide;
      if (bias) y.fill(bias.data[o], to, to + high * wide);
      for (let c = 0; c < inside; c++) {
        const from = (n * channels + Math.floor(o / perGroup) * inside + c) * height * width;
        for (let ky = 0; ky < kernelY; ky++) for (let kx = 0; kx < kernelX; kx++) {
          const w = weight.data[((o * inside + c) * kernelY + ky) * kernelX + kx];
          const shift = kx * spreadX - padX;  // columns whose source lies in the image:
          const first = Math.max(0, Math.ceil(-shift / strideX));
          const end = Math.min(wide, Math.floor((width - 1 - shift) / strideX) + 1);
          for (let row = 0; row < high; row++) {
            const source = row * strideY + ky * spreadY - padY;
            if (source < 0 || source >= height) continue;
            const line = from + source * width + shift, out = to + row * wide;
            for (let column = first; column < end; column++) y[out + column] += w * x.data[line + column * strideX];
          }
        }
      }
    }
    return y;
  },

  conv_transpose2d(node, [x, weight, bias]) {
    const [batch, channels, height, width] = x.shape, [, outputs, high, wide] = node.shape;
    const [, , kernelY, kernelX] = weight.shape, [strideY, strideX] = node.stride, [padY, padX] = node.padding;
    const y = new Float32Array(size(node.shape));
    for (let n = 0; n < batch; n++) for (let o = 0; o < outputs; o++) {
      const to = (n * outputs + o) * high * wide;
      if (bias) y.fill(bias.data[o], to, to + high * wide);
      for (let c = 0; c < channels; c++) {
        const from = (n * channels + c) * height * width;
        for (let ky = 0; ky < kernelY; ky++) for (let kx = 0; kx < kernelX; kx++) {
          const w = weight.data[((c * outputs + o) * kernelY + ky) * kernelX + kx], shift = kx - padX;
          const first = Math.max(0, Math.ceil(-shift / strideX));
          const end = Math.min(width, Math.floor((wide - 1 - shift) / strideX) + 1);
          for (let row = 0; row < height; row++) {
            const target = row * strideY + ky - padY;
            if (target < 0 || target >= high) continue;
            const line = from + row * width, out = to + target * wide + shift;
            for (let column = first; column < end; column++) y[out + column * strideX] += w * x.data[line + column];
          }
        }
      }
    }
    return y;
  },

  // Mean 0 and variance 1 over each sample's groups of channels.
  normalize(node, [x]) {
    const group = x.data.length / (node.shape[0] * node.groups), y = new Float32Array(x.data.length);
    for (let at = 0; at < y.length; at += group) {
      let mean = 0, variance = 0;
      for (let i = at; i < at + group; i++) mean += x.data[i] / group;
      for (let i = at; i < at + group; i++) variance += (x.data[i] - mean) ** 2 / group;
      const scale = 1 / Math.sqrt(variance + node.eps);
      for (let i = at; i < at + group; i++) y[i] = (x.data[i] - mean) * scale;
    }
    return y;
  },

  slice(node, [x]) {
    const [blocks, length, after] = around(x.shape, node.dim), part = node.shape[node.dim] * after;
    const y = new Float32Array(size(node.shape));
    for (let b = 0; b < blocks; b++) {
      const start = (b * length + node.start) * after;
      y.set(x.data.subarray(start, start + part), b * part);
    }
    return y;
  },

  concat(node, parts) {
    const [blocks, length, after] = around(node.shape, node.dim), y = new Float32Array(size(node.shape));
    let offset = 0;
    for (const part of parts) {
      const own = part.shape[node.dim] * after;
      for (let b = 0; b < blocks; b++) y.set(part.data.subarray(b * own, (b + 1) * own), b * length * after + offset);
      offset += own;
    }
    return y;
  },

  permute(node, [x]) {
    const plain = strides(x.shape, x.shape), step = node.order.map((d) => plain[d]);
    const y = new Float32Array(x.data.length), index = new Array(step.length).fill(0);
    for (let i = 0; i < y.length; i++) {
      y[i] = x.data[index.reduce((at, n, d) => at + n * step[d], 0)];
      for (let d = index.length - 1; d >= 0 && ++index[d] === node.shape[d]; d--) index[d] = 0;
    }
    return y;
  },

  matmul(node, [a, b]) {
    const [rows, inner] = a.shape.slice(-2), columns = b.shape[b.shape.length - 1];
    const blocks = a.data.length / (rows * inner), shared = b.shape.length === 2;
    const y = new Float32Array(blocks * rows * columns);
    for (let m = 0; m < blocks; m++) for (let r = 0; r < rows; r++) for (let i = 0; i < inner; i++) {
      const factor = a.data[(m * rows + r) * inner + i], out = (m * rows + r) * columns;
      const line = ((shared ? 0 : m * inner) + i) * columns;
      for (let c = 0; c < columns; c++) y[out + c] += factor * b.data[line + c];
    }
    return y;
  },

  softmax(node, [x]) {
    const row = node.shape[node.shape.length - 1], y = new Float32Array(x.data.length);
    for (let at = 0; at < y.length; at += row) {
      let most = -Infinity, sum = 0;
      for (let i = at; i < at + row; i++) most = Math.max(most, x.data[i]);
      for (let i = at; i < at + row; i++) sum += y[i] = Math.exp(x.data[i] - most);
      for (let i = at; i < at + row; i++) y[i] /= sum;
    }
    return y;
  },

  max_pool2d(node, [x]) {
    const [height, width] = x.shape.slice(2), [high, wide] = node.shape.slice(2), [down, right] = node.size;
    const y = new Float32Array(size(node.shape)).fill(-Infinity);
    for (let plane = 0; plane < y.length / (high * wide); plane++)
      for (let row = 0; row < high * down; row++) for (let column = 0; column < wide * right; column++) {
        const to = (plane * high + Math.floor(row / down)) * wide + Math.floor(column / right);
        y[to] = Math.max(y[to], x.data[(plane * height + row) * width + column]);
      }
    return y;
  },

  upsample_nearest2d(node, [x]) {
    const [height, width] = x.shape.slice(2), [high, wide] = node.shape.slice(2);
    const y = new Float32Array(size(node.shape));
    for (let i = 0; i < y.length; i++) {
      const plane = Math.floor(i / (high * wide)), row = Math.floor(i / wide) % high;
      y[i] = x.data[(plane * height + Math.floor((row * height) / high)) * width + Math.floor(((i % wide) * width) / wide)];
    }
    return y;
  },

  // Pixels are squares: their centres lie at whole numbers plus a half.
  upsample_bilinear2d(node, [x]) {
    const [height, width] = x.shape.slice(2), [high, wide] = node.shape.slice(2);
    const y = new Float32Array(size(node.shape));
    const between = (i, to, from) => {
      const at = Math.max(0, ((i + 0.5) * from) / to - 0.5), low = Math.min(Math.floor(at), from - 1);
      return [low, Math.min(low + 1, from - 1), at - low];
    };
    for (let plane = 0; plane < y.length / (high * wide); plane++)
      for (let row = 0; row < high; row++) {
        const [top, bottom, v] = between(row, high, height);
        for (let column = 0; column < wide; column++) {
          const [left, right, u] = between(column, wide, width);
          const at = (r, c) => x.data[(plane * height + r) * width + c];
          const above = at(top, left) * (1 - u) + at(top, right) * u;
          const below = at(bottom, left) * (1 - u) + at(bottom, right) * u;
          y[(plane * high + row) * wide + column] = above * (1 - v) + below * v;
        }
      }
    return y;
  },

  pixel_shuffle(node, [x]) {
    const [batch, channels, height, width] = x.shape, k = node.factor, y = new Float32Array(x.data.length);
    for (let n = 0; n < batch; n++) for (let c = 0; c < channels; c++)
      for (let row = 0; row < height; row++) for (let column = 0; column < width; column++) {
        const down = Math.floor((c % (k * k)) / k), right = c % k, out = (n * channels) / (k * k) + Math.floor(c / (k * k));
        y[(out * height * k + row * k + down) * width * k + column * k + right] =
          x.data[((n * channels + c) * height + row) * width + column];
      }
    return y;
  },

  embedding(node, [table, index]) {
    const length = table.shape[1], y = new Float32Array(size(node.shape));
    index.data.forEach((row, i) => y.set(table.data.subarray(row * length, (row + 1) * length), i * length));
    return y;
  },
};

// Evaluates a graph: `constants` are arrays of numbers in the order of its constant nodes, `inputs` arrays by name.
function runGraph(nodes, constants, inputs) {
  const values = [];
  let next = 0;
  for (const node of nodes) {
    const data =
      node.op === "constant" ? constants[next++]
      : node.op === "input" ? Float32Array.from(inputs[node.name])
      : OPERATIONS[node.op](node, node.in.map((i) => values[i]));
    values.push({ data, shape: node.shape });
  }
  return values[values.length - 1].data;
}
