#include "progress.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <utility>

#include "output.h"
#include "safe_text.h"
#include "text_table.h"
#include "utf8.h"

namespace lprnet::cli {
namespace {

using std::chrono::steady_clock;
using Seconds = std::chrono::duration<double>;

// "8 s", "3 min", "2.5 h".
std::string shown_time(double seconds) {
  if (seconds < 100) return formatted("%.0f s", seconds);
  return seconds < 6000 ? formatted("%.0f min", seconds / 60) : formatted("%.1f h", seconds / 3600);
}

std::size_t terminal_columns() {
  winsize size{};
  const bool is_known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0;
  return is_known ? size.ws_col : 80;
}

// As much of the text's end as fits.
std::string end_of(const std::string& text, std::size_t columns) {
  if (columns_of(text) <= columns) return text;
  const std::vector<std::string> characters = characters_of(text);
  std::string end;
  for (std::size_t i = characters.size(); i-- > 0;) {
    if (columns_of(characters[i] + end) + 1 > columns) break;
    end.insert(0, characters[i]);
  }
  return columns == 0 ? "" : "…" + end;
}

}  // namespace

Progress::Progress(ProgressMode mode, std::string what)
    : what_(std::move(what)), start_(steady_clock::now()), next_(start_) {
  const bool terminal = isatty(STDERR_FILENO) == 1;
  in_place_ = terminal && isatty(STDOUT_FILENO) == 0;
  wanted_ = mode == ProgressMode::kShown || (mode == ProgressMode::kAuto && in_place_);
  if (mode == ProgressMode::kAuto) next_ += std::chrono::seconds(1);
}

Progress::~Progress() {
  if (wanted_ && in_place_) show_passing_line("");
}

void Progress::step(const std::string& file, bool failed) {
  ++count_;
  if (failed) ++failed_;
  const auto now = steady_clock::now();
  if (!wanted_ || now < next_) return;
  if (in_place_) {
    show_passing_line(text(file));
    next_ = now + std::chrono::milliseconds(200);
  } else {
    const std::string line = text(file) + "\n";
    std::fwrite(line.data(), 1, line.size(), stderr);
    next_ = now + std::chrono::seconds(1);
  }
}

std::string Progress::text(const std::string& file) const {
  const double rate =
      static_cast<double>(count_) / std::max(Seconds(steady_clock::now() - start_).count(), 1e-3);
  std::string text = std::to_string(count_);
  if (total_) text += " of " + std::to_string(*total_);
  text += " " + what_ + formatted(rate < 10 ? ", %.1f a second" : ", %.0f a second", rate);
  if (total_ && *total_ > count_) {
    text += ", " + shown_time(static_cast<double>(*total_ - count_) / rate) + " left";
  }
  if (failed_ > 0) text += ", " + std::to_string(failed_) + " failed";
  text += "  ";
  const std::string name = shown(file);
  if (!in_place_) return text + name;
  const std::size_t columns = terminal_columns();
  return text + end_of(name, columns - std::min(columns, columns_of(text) + 1));
}

}  // namespace lprnet::cli
