// Factors of a product brought into tile order: tiles of sixteen rows of 32 numbers of depth, one after the other, zeros where a factor
// ends. Of the right factor the rows of a tile are pairs of depths, as the tile instruction wants them.
#pragma once
#include "tiles.h"

#if SELFSPEC_TILES
#include <cstdlib>

namespace selfspec {

constexpr int64_t strip = 2 * tileRows; // rows or columns that are computed at once

inline int64_t upTo(int64_t count, int64_t unit) { return (count + unit - 1) / unit * unit; }

/// Memory on cache lines that a thread keeps; `which` tells its pieces apart.
enum Which { rightHigh, rightLowPart, leftHigh, leftLowPart, sumsOfPanel, thinRightHigh, thinRightLow, thinLeftHigh, thinLeftLow };
inline bfloat16* buffer(Which which, int64_t count) {
  struct Piece {
    void* memory = nullptr;
    int64_t count = 0;
    ~Piece() { std::free(memory); }
  };
  thread_local Piece pieces[9];
  Piece& piece = pieces[which];
  if (piece.count < count) {
    std::free(piece.memory);
    piece.memory = std::aligned_alloc(64, upTo(2 * count, 64));
    piece.count = count;
  }
  return static_cast<bfloat16*>(piece.memory);
}

template <class T>
struct Operand {
  const T* data;
  int64_t stride;
  bool transposed;
};

template <class T>
constexpr bool split = sizeof(T) == 4;

/// Rows `row` … row + 15, depth `depth` … depth + 31 of the left factor, as a tile; zeros where it ends.
template <class T>
void leftTile(const Operand<T>& x, int64_t row, int64_t rows, int64_t depth, int64_t depths, bfloat16* high, bfloat16* low) {
  __m512i highs[tileRows], lows[tileRows];
  for (int i = 0; i < tileRows; i++) {
    Parts parts;
    if (x.transposed) {
      const int64_t at = depth + 2 * i;
      parts = at < depths ? pairs(x.data + at * x.stride + row, x.stride, rows - row, at + 1 < depths)
                          : Parts{_mm512_setzero_si512(), _mm512_setzero_si512()};
    } else {
      parts = row + i < rows ? side(x.data + (row + i) * x.stride + depth, depths - depth)
                             : Parts{_mm512_setzero_si512(), _mm512_setzero_si512()};
    }
    highs[i] = parts.high;
    lows[i] = parts.low;
  }
  if (x.transposed) exchange(highs);
  for (int i = 0; i < tileRows; i++) _mm512_store_si512(high + i * tileDepth, highs[i]);
  if (!split<T>) return;
  if (x.transposed) exchange(lows);
  for (int i = 0; i < tileRows; i++) _mm512_store_si512(low + i * tileDepth, lows[i]);
}

/// The same of the right factor: depth … depth + 31 by columns column … column + 15, in pairs of depths.
template <class T>
void rightTile(const Operand<T>& x, int64_t column, int64_t columns, int64_t depth, int64_t depths, bfloat16* high, bfloat16* low) {
  leftTile(Operand<T>{x.data, x.stride, !x.transposed}, column, columns, depth, depths, high, low);
  // A left tile holds, column by column, sixteen pairs of depths; here the pairs are the rows.
  for (bfloat16* part : {high, split<T> ? low : nullptr}) {
    if (!part) continue;
    __m512i words[tileRows];
    for (int i = 0; i < tileRows; i++) words[i] = _mm512_load_si512(part + i * tileDepth);
    exchange(words);
    for (int i = 0; i < tileRows; i++) _mm512_store_si512(part + i * tileDepth, words[i]);
  }
}

/// Pairs of depths that lie in neighbouring rows need no exchange.
template <class T>
void rightTileOfRows(const Operand<T>& x, int64_t column, int64_t columns, int64_t depth, int64_t depths, bfloat16* high,
                     bfloat16* low) {
  for (int i = 0; i < tileRows; i++) {
    const int64_t at = depth + 2 * i;
    const Parts parts = at < depths ? pairs(x.data + at * x.stride + column, x.stride, columns - column, at + 1 < depths)
                                    : Parts{_mm512_setzero_si512(), _mm512_setzero_si512()};
    _mm512_store_si512(high + i * tileDepth, parts.high);
    if (split<T>) _mm512_store_si512(low + i * tileDepth, parts.low);
  }
}

/// A left factor as the product reads it: in tile order, or where it lies if its rows hold whole tiles.
struct Left {
  const bfloat16 *high, *low;
  /// In numbers: from a tile to the next in depth, to the one sixteen rows on, and (in bytes) from row to row of a tile.
  int64_t next, second, stride;
};

/// Brings sixteen rows of the left factor into tile order; `share` shares the work out.
template <class T, class Share>
Left inTiles(const Operand<T>& x, int64_t rows, int64_t depth, Which highPart, Which lowPart, Share&& share) {
  const int64_t steps = upTo(depth, tileDepth) / tileDepth, height = upTo(rows, strip) / tileRows;
  bfloat16 *high = buffer(highPart, height * steps * tileSize),
           *low = split<T> ? buffer(lowPart, height * steps * tileSize) : nullptr;
  share(height, [&](int64_t row) {
    for (int64_t step = 0; step < steps; step++) {
      const int64_t at = (row * steps + step) * tileSize;
      leftTile(x, row * tileRows, rows, step * tileDepth, depth, high + at, split<T> ? low + at : nullptr);
    }
  });
  return {high, low, tileSize, steps * tileSize, 64};
}

/// Brings the depths from … until of the right factor's columns begin … end into tile order.
template <class T>
void packRight(const Operand<T>& x, int64_t begin, int64_t end, int64_t from, int64_t until, bfloat16* high, bfloat16* low) {
  const int64_t steps = upTo(until - from, tileDepth) / tileDepth;
  for (int64_t column = begin; column < begin + upTo(end - begin, strip); column += tileRows)
    for (int64_t step = 0; step < steps; step++) {
      const int64_t at = ((column - begin) / tileRows * steps + step) * tileSize;
      const auto pack = x.transposed ? rightTile<T> : rightTileOfRows<T>;
      pack(x, column, end, from + step * tileDepth, until, high + at, split<T> ? low + at : nullptr);
    }
}

} // namespace selfspec
#endif
