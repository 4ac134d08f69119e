#pragma once

#include <cstddef>
#include <vector>

namespace lprnet::cli {

// A reading's confidence, and whether it was right.
struct Judged {
  double confidence = 0;
  bool is_right = false;
};

// Readings of similar confidence.
struct CalibrationBin {
  double low = 0;   // confidences from here
  double high = 0;  // to here, 1 included in the last
  std::size_t total = 0;
  std::size_t right = 0;
  double confidence = 0;  // mean; 0 of none
};

// What accepting readings from a confidence on gives.
struct ThresholdRow {
  double threshold = 0;
  std::size_t accepted = 0;
  std::size_t wrong = 0;  // of the accepted
};

// What the confidences of readings are worth.
struct Calibration {
  std::vector<CalibrationBin> bins;  // ten of equal width
  std::vector<ThresholdRow> thresholds;
  // The probability that a right reading has a larger confidence than a wrong one, ties half; NaN
  // where there are only right or only wrong ones.
  double auroc = 0;
  // Expected calibration error: |share right - mean confidence|, weighted by the bins' sizes.
  double error = 0;
};

Calibration calibration_of(std::vector<Judged> readings);

}  // namespace lprnet::cli
