#include "metrics.h"

#include <algorithm>
#include <cstdio>

namespace lprnet::serve {
namespace {

const std::vector<double> kSeconds = {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1,
                                      0.25,  0.5,    1,     2.5,  5,     10,   30};

std::string number(double value) {
  char text[40];
  std::snprintf(text, sizeof text, "%.10g", value);
  return text;
}

void head(std::string& text, const std::string& name, const char* help, const char* type) {
  text += "# HELP " + name + ' ' + help + "\n# TYPE " + name + ' ' + type + '\n';
}

void line(std::string& text, const std::string& name, const std::string& labels,
          const std::string& value) {
  text += name;
  if (!labels.empty()) text += '{' + labels + '}';
  text += ' ' + value + '\n';
}

}  // namespace

void Histogram::add(double value) {
  const auto bound = std::lower_bound(bounds_.begin(), bounds_.end(), value);
  ++counts_[static_cast<std::size_t>(bound - bounds_.begin())];
  ++count_;
  sum_ += value;
}

void Histogram::write(std::string& text, const std::string& name, const std::string& labels) const {
  const std::string before = labels.empty() ? "" : labels + ',';
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < bounds_.size(); ++i) {
    below += counts_[i];
    line(text, name + "_bucket", before + "le=\"" + number(bounds_[i]) + '"',
         std::to_string(below));
  }
  line(text, name + "_bucket", before + "le=\"+Inf\"", std::to_string(count_));
  line(text, name + "_sum", labels, number(sum_));
  line(text, name + "_count", labels, std::to_string(count_));
}

void Metrics::add_request(const std::string& route, int status, double seconds) {
  const std::lock_guard lock(mutex_);
  ++requests_[{route, status}];
  seconds_.try_emplace(route, kSeconds).first->second.add(seconds);
}

void Metrics::add_error(const std::string& kind) {
  const std::lock_guard lock(mutex_);
  ++errors_[kind];
}

void Metrics::add_picture() {
  const std::lock_guard lock(mutex_);
  ++pictures_;
}

void Metrics::add_plate(double confidence) {
  const std::lock_guard lock(mutex_);
  ++plates_;
  confidence_.add(confidence);
}

void Metrics::add_reload(bool succeeded) {
  const std::lock_guard lock(mutex_);
  ++reloads_[succeeded ? 1 : 0];
}

std::string Metrics::text(const std::vector<Gauge>& gauges, const std::string& version,
                          const std::string& isa) const {
  std::string text;
  head(text, "lprnet_build_info", "The program's version and instruction set.", "gauge");
  line(text, "lprnet_build_info", "version=\"" + version + "\",isa=\"" + isa + '"', "1");
  for (const Gauge& gauge : gauges) {
    head(text, gauge.name, gauge.help, "gauge");
    line(text, gauge.name, "", number(gauge.value));
  }
  const std::lock_guard lock(mutex_);
  head(text, "lprnet_requests_total", "Requests, by route and status.", "counter");
  for (const auto& [key, count] : requests_) {
    line(text, "lprnet_requests_total",
         "route=\"" + key.first + "\",status=\"" + std::to_string(key.second) + '"',
         std::to_string(count));
  }
  head(text, "lprnet_errors_total", "Requests, pictures and connections that failed, by kind.",
       "counter");
  for (const auto& [kind, count] : errors_) {
    line(text, "lprnet_errors_total", "kind=\"" + kind + '"', std::to_string(count));
  }
  head(text, "lprnet_request_seconds", "From a request's header to the end of its answer.",
       "histogram");
  for (const auto& [route, histogram] : seconds_) {
    histogram.write(text, "lprnet_request_seconds", "route=\"" + route + '"');
  }
  head(text, "lprnet_pictures_total", "Pictures that were read.", "counter");
  line(text, "lprnet_pictures_total", "", std::to_string(pictures_));
  head(text, "lprnet_plates_total", "Plates that were read.", "counter");
  line(text, "lprnet_plates_total", "", std::to_string(plates_));
  head(text, "lprnet_confidence", "Probability of the text of each plate.", "histogram");
  confidence_.write(text, "lprnet_confidence", "");
  head(text, "lprnet_reloads_total", "Reloads of the models, by result.", "counter");
  line(text, "lprnet_reloads_total", "result=\"failed\"", std::to_string(reloads_[0]));
  line(text, "lprnet_reloads_total", "result=\"done\"", std::to_string(reloads_[1]));
  return text;
}

}  // namespace lprnet::serve
