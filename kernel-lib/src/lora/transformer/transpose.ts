// Matrices turned round: GPT-2's maps lie [in, out] in transformers' files and [out, in] everywhere else.

/** [rows, columns] to [columns, rows], a new array. */
export function transpose(values: Float32Array, rows: number, columns: number): Float32Array {
  const result = new Float32Array(values.length);
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) result[column * rows + row] = values[row * columns + column]!;
  return result;
}
