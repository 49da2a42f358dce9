// Percentiles by selection (Hoare 1961): a table has thousands of intervals, and sorting each would cost more than drawing them.

/** Moves the rank-th smallest of `values` to its place, smaller ones before and larger ones behind it; in place. */
function select(values: Float64Array, rank: number): number {
  let low = 0;
  let high = values.length - 1;
  while (low < high) {
    const pivot = values[(low + high) >> 1]!;
    let left = low;
    let right = high;
    while (left <= right) {
      while (values[left]! < pivot) left++;
      while (values[right]! > pivot) right--;
      if (left > right) break;
      const swapped = values[left]!;
      values[left++] = values[right]!;
      values[right--] = swapped;
    }
    if (rank <= right) high = right;
    else if (rank >= left) low = left;
    else break;
  }
  return values[rank]!;
}

/** The percentiles `ps` (0–100), each interpolated linearly between ranks as NumPy does by default. */
export function percentiles(values: Float64Array, ps: readonly number[]): number[] {
  const moved = values.slice();
  return ps.map((p) => {
    const rank = ((moved.length - 1) * p) / 100;
    const below = Math.floor(rank);
    const low = select(moved, below);
    const high = below + 1 < moved.length ? select(moved, below + 1) : low;
    return low + (high - low) * (rank - below);
  });
}
