// Matrix products of float32 factors on AMX tiles, which multiply bfloat16 alone: each factor is split in two bfloat16 parts, and three
// of the four products of parts are summed in float32 (XLA's BF16_BF16_F32_X3, what PyTorch calls "high" precision). About 16 of the 24
// bits of each factor count, at two to three times the speed of float32 instructions. bfloat16 factors are multiplied as they are. The
// right factor comes a panel at a time that fits the second-level cache. A thin product, what an adapter adds to a frozen one, joins
// the same sums before they are rounded. Sums have a fixed order.
#include "tile-order.h"

#include "kernels.h"
#include "op.h"
#include "parallel.h"

#if SELFSPEC_TILES
#include <sys/syscall.h>
#include <unistd.h>
#endif

namespace selfspec {

#if SELFSPEC_TILES

bool tilesGranted() {
  constexpr long requestPermission = 0x1023, tileData = 18; // ARCH_REQ_XCOMP_PERM, XFEATURE_XTILEDATA
  static const bool granted = syscall(SYS_arch_prctl, requestPermission, tileData) == 0;
  return granted;
}

namespace {

constexpr int64_t panelBytes = 1 << 20;
/// Deeper products are summed up in blocks of depth; a split factor takes twice the room.
template <class T>
constexpr int64_t deepest = sizeof(T) == 4 ? 1536 : 4096;
template <class T>
constexpr int64_t depthAtOnce = sizeof(T) == 4 ? 1024 : 2048;
template <class T>
constexpr int64_t stretch = sizeof(T) == 4 ? 18 : 9; // tiles

constexpr int64_t ahead = 2; // tiles

/// Four tiles of sums: two of rows by two of columns, over `steps` tiles of depth.
template <bool threefold>
SELFSPEC_INLINE void multiply(const bfloat16* left, const bfloat16* leftLow, int64_t leftNext, int64_t leftSecond, int64_t leftStride,
                              const bfloat16* right, const bfloat16* rightLow, int64_t rightSecond, int64_t steps) {
  for (int64_t step = 0; step < steps; step++) {
    const bfloat16 *a = left + step * leftNext, *b = right + step * tileSize;
    for (int64_t line = 0; line < tileSize; line += tileDepth) { // the right factor comes from the second-level cache
      __builtin_prefetch(b + ahead * tileSize + line);
      __builtin_prefetch(b + ahead * tileSize + rightSecond + line);
    }
    _tile_loadd(4, a, leftStride);
    _tile_loadd(6, b, 64);
    _tile_loadd(5, a + leftSecond, leftStride);
    _tile_loadd(7, b + rightSecond, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    if (!threefold) continue;
    const bfloat16 *aLow = leftLow + step * leftNext, *bLow = rightLow + step * tileSize;
    _tile_loadd(6, bLow, 64);
    _tile_loadd(7, bLow + rightSecond, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    _tile_loadd(4, aLow, leftStride);
    _tile_loadd(6, b, 64);
    _tile_loadd(5, aLow + leftSecond, leftStride);
    _tile_loadd(7, b + rightSecond, 64);
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
  }
}

template <class T, class Out>
struct Problem {
  Operand<T> left, right;
  Out* out;
  int64_t rows, columns, depth;
};

/// Rows that lie a multiple of 4 KB apart would share a few places of the first-level cache.
template <class T, class Out>
bool readInPlace(const Problem<T, Out>& p) {
  return !split<T> && !p.left.transposed && p.rows % strip == 0 && p.depth % tileDepth == 0 && p.left.stride % 2048 != 0;
}

template <class T, class Out>
Left inPlace(const Problem<T, Out>& p) {
  return {reinterpret_cast<const bfloat16*>(p.left.data), nullptr, tileDepth, tileRows * p.left.stride, 2 * p.left.stride};
}

/// A product that joins another's sums: left [rows, depth], right [depth, columns].
template <class T>
struct Thin {
  Left left;
  Operand<T> right;
  int64_t depth = 0;
};

/// All rows by the columns begin … end of one product.
template <class T, class Out>
void panel(const Problem<T, Out>& p, const Left& left, const Thin<T>& thin, int64_t begin, int64_t end) {
  const int64_t width = upTo(end - begin, strip), height = upTo(p.rows, strip);
  const int64_t block = p.depth > deepest<T> ? depthAtOnce<T> : p.depth;
  const bool inBlocks = block < p.depth;
  const int64_t most = upTo(block, tileDepth);
  bfloat16 *right = buffer(rightHigh, width * most), *rightLow = split<T> ? buffer(rightLowPart, width * most) : nullptr;
  float* sums = reinterpret_cast<float*>(buffer(sumsOfPanel, 2 * (inBlocks ? height : strip) * width));
  const int64_t thinSteps = upTo(thin.depth, tileDepth) / tileDepth, thinSize = thinSteps * tileDepth * width;
  bfloat16 *thinRight = thinSteps ? buffer(thinRightHigh, thinSize) : nullptr,
           *thinLow = thinSteps && split<T> ? buffer(thinRightLow, thinSize) : nullptr;
  if (thinSteps) packRight(thin.right, begin, end, 0, thin.depth, thinRight, thinLow);
  const TileRegisters registers;
  for (int64_t from = 0; from < p.depth; from += block) {
    const int64_t depths = std::min(p.depth, from + block), steps = upTo(depths - from, tileDepth) / tileDepth;
    packRight(p.right, begin, end, from, depths, right, rightLow);
    for (int64_t row = 0; row < p.rows; row += strip) {
      const int64_t start = row / tileRows * left.second + from / tileDepth * left.next;
      // A stretch of the strip stays in the first-level cache while the panel passes by.
      for (int64_t step = 0; step < steps; step += stretch<T>) {
        const int64_t count = std::min(stretch<T>, steps - step), leftAt = start + step * left.next;
        const bool first = from == 0 && step == 0, last = depths == p.depth && step + count == steps;
        for (int64_t column = 0; column < width; column += strip) {
          float* tile = sums + (inBlocks ? row * width : 0) + column * strip;
          if (first) {
            _tile_zero(0);
            _tile_zero(1);
            _tile_zero(2);
            _tile_zero(3);
          } else {
            _tile_loadd(0, tile, 4 * strip);
            _tile_loadd(1, tile + tileRows, 4 * strip);
            _tile_loadd(2, tile + tileRows * strip, 4 * strip);
            _tile_loadd(3, tile + tileRows * strip + tileRows, 4 * strip);
          }
          const int64_t rightAt = (column / tileRows * steps + step) * tileSize;
          multiply<split<T>>(left.high + leftAt, left.low + leftAt, left.next, left.second, left.stride, right + rightAt,
                             rightLow + rightAt, steps * tileSize, count);
          if (last && thinSteps) {
            const int64_t thinAt = row / tileRows * thin.left.second, at = column / tileRows * thinSteps * tileSize;
            multiply<split<T>>(thin.left.high + thinAt, thin.left.low + thinAt, thin.left.next, thin.left.second,
                               thin.left.stride, thinRight + at, thinLow + at, thinSteps * tileSize, thinSteps);
          }
          _tile_stored(0, tile, 4 * strip);
          _tile_stored(1, tile + tileRows, 4 * strip);
          _tile_stored(2, tile + tileRows * strip, 4 * strip);
          _tile_stored(3, tile + tileRows * strip + tileRows, 4 * strip);
          if (!last) continue;
          const int64_t rows = std::min(strip, p.rows - row);
          for (int64_t i = 0; i < rows; i++) {
            Out* to = p.out + (row + i) * p.columns + begin + column;
            sweep(std::min<int64_t>(strip, end - begin - column),
                  [&](int64_t j, auto part) { store(to + j, load(tile + i * strip + j, part), part); });
          }
        }
      }
    }
  }
}

const auto alone = [](int64_t count, auto&& body) {
  for (int64_t i = 0; i < count; i++) body(i);
};
const auto together = [](int64_t count, auto&& body) { eachPiece(count, body); };

template <class T, class Out>
struct Product {
  bool transposeA, transposeB;
  explicit Product(const Attributes& attributes)
      : transposeA(attributes.flag("transpose_a")), transposeB(attributes.flag("transpose_b")) {}

  void compute(const Call& call) const {
    const Tensor a = call.input(0), b = call.input(1), u = call.input(2), f = call.input(3);
    const int rank = a.rank();
    require((rank == 2 || rank == 3) && b.rank() == rank, "MatMul: two matrices, or two equal batches of them");
    const int64_t batches = rank == 3 ? a.size(0) : 1;
    const int64_t rows = a.size(transposeA ? -1 : -2), depth = a.size(transposeA ? -2 : -1);
    const int64_t columns = b.size(transposeB ? -2 : -1);
    require(b.size(transposeB ? -1 : -2) == depth && (rank == 2 || b.size(0) == batches), "MatMul: the factors do not fit");
    const int64_t thinDepth = u.count() == 0 ? 0 : u.size(-1);
    require(thinDepth == 0 || (rank == 2 && u.size(0) == rows && f.size(0) == thinDepth && f.size(-1) == columns),
            "MatMul: u [rows, k] and f [k, columns] do not fit the product");
    const Tensor out =
        call.output<Out>(0, rank == 3 ? std::vector<int64_t>{batches, rows, columns} : std::vector<int64_t>{rows, columns});
    const int64_t deep = upTo(std::min(depth, depth > deepest<T> ? depthAtOnce<T> : depth), tileDepth);
    const int64_t fitting = std::max<int64_t>(strip, panelBytes / (int64_t(sizeof(T)) * deep) / strip * strip);
    const int64_t shares = batches >= threadCount() ? 1 : 2 * threadCount();
    const int64_t width = std::min(fitting, upTo((columns + shares - 1) / shares, strip));
    const int64_t panels = (columns + width - 1) / width;
    const auto problemOf = [&](int64_t batch) {
      return Problem<T, Out>{{a.data<T>() + batch * rows * depth, a.size(-1), transposeA},
                        {b.data<T>() + batch * depth * columns, b.size(-1), transposeB},
                        out.data<Out>() + batch * rows * columns,
                        rows,
                        columns,
                        depth};
    };
    Thin<T> thin{};
    if (thinDepth) {
      const Operand<T> left{u.data<T>(), thinDepth, false};
      thin = {inTiles(left, rows, thinDepth, thinLeftHigh, thinLeftLow, together), {f.data<T>(), columns, false}, thinDepth};
    }
    const auto each = [&](int64_t piece, const Problem<T, Out>& problem, const Left& left) {
      const int64_t begin = piece % panels * width;
      panel(problem, left, thin, begin, std::min(columns, begin + width));
    };
    const auto tilesOf = [&](const Problem<T, Out>& p, auto&& share) {
      return inTiles(p.left, p.rows, p.depth, leftHigh, leftLowPart, share);
    };
    if (readInPlace(problemOf(0))) {
      eachPiece(batches * panels, [&](int64_t piece) {
        const Problem<T, Out> problem = problemOf(piece / panels);
        each(piece, problem, inPlace(problem));
      });
    } else if (batches >= threadCount()) {
      eachPiece(batches, [&](int64_t batch) {
        const Problem<T, Out> problem = problemOf(batch);
        const Left left = tilesOf(problem, alone);
        for (int64_t piece = 0; piece < panels; piece++) each(piece, problem, left);
      });
    } else {
      for (int64_t batch = 0; batch < batches; batch++) {
        const Problem<T, Out> problem = problemOf(batch);
        const Left left = tilesOf(problem, together);
        eachPiece(panels, [&](int64_t piece) { each(piece, problem, left); });
      }
    }
  }
};

template <class T>
using MatMul = Product<T, T>;
/// Sums that nothing is to be lost of: gradients.
template <class T>
using MatMulToFloat = Product<T, float>;

} // namespace

void addProductOps() {
  if (!tilesGranted()) return;
  const Specs factors = {"a: T", "b: T", "u: T", "f: T"}, attributes = {"transpose_a: bool", "transpose_b: bool"};
  addOp<MatMul>("SelfspecMatMul", factors, {"product: T"}, attributes);
  addOp<MatMulToFloat>("SelfspecMatMulToFloat", factors, {"product: float"}, attributes);
}

#else

bool tilesGranted() { return false; }
void addProductOps() {}

#endif

} // namespace selfspec
