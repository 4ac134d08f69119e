#include "calibration.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace lprnet::cli {
namespace {

constexpr std::size_t kBins = 10;
constexpr double kThresholds[] = {0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95, 0.99, 0.999};

std::vector<CalibrationBin> bins_of(const std::vector<Judged>& readings) {
  std::vector<CalibrationBin> bins(kBins);
  for (std::size_t i = 0; i < kBins; ++i) {
    bins[i].low = static_cast<double>(i) / kBins;
    bins[i].high = static_cast<double>(i + 1) / kBins;
  }
  for (const Judged& one : readings) {
    const auto place = static_cast<std::size_t>(std::max(0.0, one.confidence) * kBins);
    CalibrationBin& bin = bins[std::min(place, kBins - 1)];
    bin.total += 1;
    bin.right += one.is_right ? 1 : 0;
    bin.confidence += one.confidence;
  }
  for (CalibrationBin& bin : bins) {
    if (bin.total > 0) bin.confidence /= static_cast<double>(bin.total);
  }
  return bins;
}

// Of readings in rising order of confidence: pairs of a right and a wrong one that are in order.
double auroc_of(const std::vector<Judged>& readings) {
  double ordered = 0;
  double wrong_below = 0;
  double right = 0;
  for (std::size_t i = 0; i < readings.size();) {
    double wrong_here = 0;
    double right_here = 0;
    std::size_t end = i;
    for (; end < readings.size() && readings[end].confidence == readings[i].confidence; ++end) {
      (readings[end].is_right ? right_here : wrong_here) += 1;
    }
    ordered += right_here * (wrong_below + wrong_here / 2);
    wrong_below += wrong_here;
    right += right_here;
    i = end;
  }
  const double pairs = right * wrong_below;
  return pairs > 0 ? ordered / pairs : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace

Calibration calibration_of(std::vector<Judged> readings) {
  std::sort(readings.begin(), readings.end(),
            [](const Judged& a, const Judged& b) { return a.confidence < b.confidence; });
  Calibration result;
  result.bins = bins_of(readings);
  for (const CalibrationBin& bin : result.bins) {
    if (bin.total == 0) continue;
    const auto total = static_cast<double>(bin.total);
    const double share = static_cast<double>(bin.right) / total;
    result.error += std::abs(share - bin.confidence) * total / static_cast<double>(readings.size());
  }
  result.auroc = auroc_of(readings);
  for (const double threshold : kThresholds) {
    ThresholdRow row{threshold, 0, 0};
    for (const Judged& one : readings) {
      if (one.confidence < threshold) continue;
      row.accepted += 1;
      row.wrong += one.is_right ? 0 : 1;
    }
    result.thresholds.push_back(row);
  }
  return result;
}

}  // namespace lprnet::cli
