// The threads behind parallel.h. They sleep between jobs: TensorFlow's own threads want the same cores for the matrix products.
#include "parallel.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace selfspec {
namespace {

struct Job {
  void (*run)(void*, int64_t);
  void* body;
  int64_t pieces;
};

class Pool {
 public:
  Pool() : workers_(std::max(1u, std::thread::hardware_concurrency()) - 1) {
    for (unsigned i = 0; i < workers_; i++) std::thread([this] { work(); }).detach();
  }

  int threads() const { return int(workers_) + 1; }

  void run(const Job& job) {
    // Whoever finds the pool taken does its work alone; so does a job that a piece of another job starts.
    std::unique_lock<std::mutex> turn(turn_, std::try_to_lock);
    if (!turn.owns_lock() || workers_ == 0 || job.pieces < 2) {
      for (int64_t piece = 0; piece < job.pieces; piece++) job.run(job.body, piece);
      return;
    }
    {
      std::lock_guard<std::mutex> lock(mutex_);
      job_ = job;
      next_.store(0, std::memory_order_relaxed);
      open_ = true;
    }
    wake_.notify_all();
    takePieces(job);
    std::unique_lock<std::mutex> lock(mutex_);
    open_ = false; // a thread that wakes up only now finds nothing to do
    idle_.wait(lock, [this] { return busy_ == 0; });
  }

 private:
  void takePieces(const Job& job) {
    for (int64_t piece; (piece = next_.fetch_add(1, std::memory_order_relaxed)) < job.pieces;) job.run(job.body, piece);
  }

  void work() {
    std::unique_lock<std::mutex> lock(mutex_);
    for (;;) {
      wake_.wait(lock, [this] { return open_ && next_.load(std::memory_order_relaxed) < job_.pieces; });
      const Job job = job_;
      busy_++;
      lock.unlock();
      takePieces(job);
      lock.lock();
      if (--busy_ == 0) idle_.notify_one();
    }
  }

  const unsigned workers_;
  std::mutex turn_;
  std::mutex mutex_;
  std::condition_variable wake_, idle_;
  Job job_{};
  std::atomic<int64_t> next_{0};
  bool open_ = false;
  unsigned busy_ = 0;
};

// Never destroyed: its threads may still sleep on it while the process ends.
Pool& pool() {
  static Pool* const made = new Pool();
  return *made;
}

} // namespace

int threadCount() { return pool().threads(); }

void detail::runPieces(int64_t pieces, void (*run)(void*, int64_t), void* body) { pool().run({run, body, pieces}); }

} // namespace selfspec
