#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

namespace lprnet::serve {

// Counts of values below or at each of `bounds`.
class Histogram {
 public:
  explicit Histogram(std::vector<double> bounds)
      : bounds_(std::move(bounds)), counts_(bounds_.size() + 1) {}
  void add(double value);
  // `labels`: `a="b",` before the bound's, or nothing.
  void write(std::string& text, const std::string& name, const std::string& labels) const;

 private:
  std::vector<double> bounds_;
  std::vector<std::uint64_t> counts_;
  std::uint64_t count_ = 0;
  double sum_ = 0;
};

// A value that is asked for when the metrics are written.
struct Gauge {
  const char* name;
  const char* help;
  double value;
};

// What happened since the start, as Prometheus reads it. Every function may be called from any
// thread.
class Metrics {
 public:
  // `route`: one of a few, never what a client wrote.
  void add_request(const std::string& route, int status, double seconds);
  void add_error(const std::string& kind);
  void add_picture();
  // A plate that was read: the probability of its text.
  void add_plate(double confidence);
  void add_reload(bool succeeded);

  // `version` and `isa` of the build.
  std::string text(const std::vector<Gauge>& gauges, const std::string& version,
                   const std::string& isa) const;

 private:
  mutable std::mutex mutex_;  // guards what follows
  std::map<std::pair<std::string, int>, std::uint64_t> requests_;
  std::map<std::string, std::uint64_t> errors_;
  std::map<std::string, Histogram> seconds_;
  Histogram confidence_{{0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.99}};
  std::uint64_t pictures_ = 0;
  std::uint64_t plates_ = 0;
  std::array<std::uint64_t, 2> reloads_{};
};

}  // namespace lprnet::serve
