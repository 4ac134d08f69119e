#include "snapshots.h"

#include <algorithm>
#include <array>
#include <cstdio>
#include <opencv2/imgcodecs.hpp>
#include <string_view>
#include <system_error>
#include <vector>

#include "folder.h"
#include "lprnet/error.hpp"
#include "lprnet/output_file.hpp"

namespace lprnet::watch {
namespace {

namespace fs = std::filesystem;

// In its name: 20260131T235959.250Z, or 00012.040 seconds of the video.
std::string time_in_name(const Frame& frame) {
  if (frame.time != Frame::Clock::time_point{}) {
    std::string text = utc(frame.time);
    std::erase_if(text, [](char c) { return c == '-' || c == ':'; });
    return text;
  }
  std::array<char, 40> text{};
  std::snprintf(text.data(), text.size(), "%09.3f", frame.seconds);
  return text.data();
}

// An alphabet may hold anything.
std::string text_in_name(std::string text) {
  const auto is_unsafe = [](char c) { return c == '/' || (c >= 0 && c < ' ') || c == 0x7f; };
  std::replace_if(text.begin(), text.end(), is_unsafe, '_');
  return text;
}

}  // namespace

Snapshots::Snapshots(const std::string& folder) : folder_(cli::made_folder(folder)) {}

std::string Snapshots::write(const Passing& passing) {
  const Frame& frame = passing.track.best.frame;
  const std::string stem = time_in_name(frame) + "_" + text_in_name(passing.plate.text);
  fs::path target = folder_ / (stem + ".jpg");
  std::error_code unknown;
  for (int i = 2; fs::exists(target, unknown); ++i) {
    target = folder_ / (stem + "-" + std::to_string(i) + ".jpg");
  }
  std::vector<unsigned char> jpeg;
  if (!cv::imencode(".jpg", *frame.picture, jpeg)) {
    throw Error(ErrorCode::kIo, target.string() + ": the frame cannot be written as JPEG");
  }
  OutputFile file(target);
  file.write(std::string_view(reinterpret_cast<const char*>(jpeg.data()), jpeg.size()));
  file.finish();
  return target.string();
}

}  // namespace lprnet::watch
