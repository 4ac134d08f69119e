// lprnet as one of the measured engines: normalised input to logits through the public Session. One
// thread takes the plates one after another; more threads have a session each and share the batch,
// or share a session where the batch is a single plate.

#include <algorithm>
#include <atomic>
#include <exception>
#include <iostream>
#include <memory>
#include <sstream>
#include <thread>
#include <vector>

#include "lprnet/benchmark.hpp"
#include "lprnet/lprnet.hpp"
#include "worker_loop.h"

namespace {

using lprnet::Session;

class Batch {
 public:
  Batch(const std::shared_ptr<const lprnet::Model>& model, const bench::WorkerArguments& arguments)
      : count_(arguments.batch),
        plate_floats_(floats_in(model->input_shape())),
        logit_floats_(floats_in(model->outputs()[0].shape)),
        input_(
            bench::read_input(arguments.input, static_cast<std::size_t>(count_) * plate_floats_)),
        output_(static_cast<std::size_t>(count_) * logit_floats_) {
    const int workers = std::clamp(arguments.threads, 1, count_);
    const int per_plate = count_ == 1 ? arguments.threads : 1;
    for (int worker = 0; worker < workers; ++worker) sessions_.emplace_back(model, per_plate);
    for (int worker = 1; worker < workers; ++worker)
      threads_.emplace_back([this, worker] { help(worker); });
  }

  Batch(const Batch&) = delete;
  Batch& operator=(const Batch&) = delete;

  ~Batch() {
    stop_ = true;
    turn_.fetch_add(1);
    turn_.notify_all();
    for (auto& thread : threads_) thread.join();
  }

  void run() {
    next_ = 0;
    busy_ = static_cast<int>(threads_.size());
    turn_.fetch_add(1);
    turn_.notify_all();
    take_plates(sessions_[0]);
    for (int left = busy_; left != 0; left = busy_) busy_.wait(left);
  }

  const std::vector<float>& output() const { return output_; }

 private:
  static std::size_t floats_in(const std::vector<std::int64_t>& shape) {
    std::size_t count = 1;
    for (const auto size : shape) count *= static_cast<std::size_t>(size);
    return count;
  }

  void help(int worker) {
    for (int seen = 0;;) {
      turn_.wait(seen);
      seen = turn_;
      if (stop_) return;
      take_plates(sessions_[static_cast<std::size_t>(worker)]);
      if (busy_.fetch_sub(1) == 1) busy_.notify_all();
    }
  }

  void take_plates(Session& session) {
    for (int plate = next_.fetch_add(1); plate < count_; plate = next_.fetch_add(1)) {
      const auto index = static_cast<std::size_t>(plate);
      session.set_input(input_.data() + index * plate_floats_);
      session.infer();
      session.copy_output(output_.data() + index * logit_floats_);
    }
  }

  int count_;
  std::size_t plate_floats_;
  std::size_t logit_floats_;
  std::vector<float> input_;
  std::vector<float> output_;
  std::vector<Session> sessions_;
  std::vector<std::thread> threads_;
  std::atomic<int> turn_ = 0;
  std::atomic<int> next_ = 0;
  std::atomic<int> busy_ = 0;
  std::atomic<bool> stop_ = false;
};

// "peak": floating-point operations a second that the core could do; "about": the model's work.
std::string answer(const lprnet::Model& model, const std::string& question) {
  std::ostringstream text;
  text.precision(9);
  if (question == "peak") {
    text << lprnet::measure_peak(model.isa());
  } else if (question == "about") {
    const auto summary = model.summary();
    text << summary.isa << ' ' << summary.macs << ' ' << summary.macs_run;
  } else {
    text << "error: unknown question";
  }
  return text.str();
}

}  // namespace

int main(int argc, char** argv) {
  try {
    const auto arguments = bench::parse_arguments(argc, argv);
    const auto model = lprnet::Model::load(arguments.model);
    Batch batch(model, arguments);
    bench::serve([&] { batch.run(); }, batch.output(),
                 [&](const std::string& question) { return answer(*model, question); });
    return 0;
  } catch (const std::exception& error) {
    std::cout << "error: " << error.what() << std::endl;
    return 1;
  }
}
