#include "feature_sheets.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

#include "drawing.h"
#include "text_table.h"
#include "utf8.h"

namespace lprnet::cli {
namespace {

constexpr Colour kGround{26, 22, 20};
constexpr Colour kPale{205, 205, 205};
constexpr Colour kDim{130, 130, 130};
constexpr Colour kBox{62, 58, 56};  // behind a character
constexpr Colour kFrame{80, 220, 60};

constexpr int kWidth = 1100;  // of a sheet, about
constexpr int kMargin = 12;
constexpr int kTitleHeight = 30;
constexpr double kTitle = 0.75;  // of a glyph's size
constexpr double kSmall = 0.5;
constexpr int kSmallHeight = 12;

void write_at(Image& image, const std::string& text, double x, double y, double scale,
              const Colour& colour) {
  draw_text(image, characters_of(text), x, y, scale, colour);
}

void write_centred(Image& image, const std::string& text, double middle, double y, double scale,
                   const Colour& colour) {
  const std::vector<std::string> characters = characters_of(text);
  draw_text(image, characters, std::floor(middle - text_width(characters, scale) / 2), y, scale,
            colour);
}

Image sheet(int width, int height) {
  Image image(width, height);
  fill(image, 0, 0, width, height, kGround);
  return image;
}

// Dark to bright in equal steps of lightness, 0 to 1: matplotlib's "inferno" at five places.
Colour heat(double share) {
  constexpr std::array<std::array<double, 3>, 5> kStops = {
      {{4, 0, 0}, {109, 16, 87}, {84, 55, 188}, {9, 142, 249}, {164, 255, 252}}};
  const double place = std::clamp(share, 0.0, 1.0) * (kStops.size() - 1);
  const auto stop = std::min(static_cast<std::size_t>(place), kStops.size() - 2);
  const double rest = place - static_cast<double>(stop);
  Colour colour{};
  for (std::size_t c = 0; c < 3; ++c) {
    colour[c] = static_cast<std::uint8_t>(
        std::lround(kStops[stop][c] + (kStops[stop + 1][c] - kStops[stop][c]) * rest));
  }
  return colour;
}

// Into a rectangle, each pixel the nearest one. REQUIRES: the rectangle lies in `to`.
void place(Image& to, const Image& from, int left, int top, int width, int height) {
  for (int y = 0; y < height; ++y) {
    const auto from_y = static_cast<std::int64_t>(y) * from.height() / height;
    std::uint8_t* pixel = to.data() + (std::ptrdiff_t{top + y} * to.width() + left) * 3;
    for (int x = 0; x < width; ++x, pixel += 3) {
      const auto from_x = static_cast<std::int64_t>(x) * from.width() / width;
      std::copy_n(from.data() + (from_y * from.width() + from_x) * 3, 3, pixel);
    }
  }
}

struct Size {
  int width;
  int height;
};

// As many times as large as fits a width, at least once, or reduced to it.
Size fitted(int width, int height, int room) {
  if (width <= room) return {width * (room / width), height * (room / width)};
  const double share = static_cast<double>(room) / width;
  return {room, std::max(1, static_cast<int>(std::lround(height * share)))};
}

bool is_blank(const StepProbabilities& probabilities, std::size_t token) {
  return probabilities.tokens[token].empty();
}

std::size_t best_at(const std::vector<double>& step) {
  return static_cast<std::size_t>(std::max_element(step.begin(), step.end()) - step.begin());
}

// The tokens worth a row: those that ever have 1 % and more, no more than two dozen, in the order
// of the steps at which they come up; the blank last.
std::vector<std::size_t> shown_tokens(const StepProbabilities& probabilities) {
  struct Peak {
    std::size_t token;
    std::size_t step;  // the first at which it has half of what it ever has
    double share;
  };
  std::vector<Peak> peaks;
  for (std::size_t k = 0; k < probabilities.tokens.size(); ++k) {
    Peak peak{k, 0, 0};
    for (const std::vector<double>& step : probabilities.steps) {
      peak.share = std::max(peak.share, step[k]);
    }
    if (peak.share < 0.01) continue;
    while (probabilities.steps[peak.step][k] < peak.share / 2) ++peak.step;
    peaks.push_back(peak);
  }
  constexpr std::size_t kMost = 24;
  std::stable_sort(peaks.begin(), peaks.end(),
                   [](const Peak& a, const Peak& b) { return a.share > b.share; });
  if (peaks.size() > kMost) peaks.resize(kMost);
  std::stable_sort(peaks.begin(), peaks.end(), [&](const Peak& a, const Peak& b) {
    const bool a_blank = is_blank(probabilities, a.token);
    const bool b_blank = is_blank(probabilities, b.token);
    return a_blank != b_blank ? b_blank : a.step < b.step;
  });
  std::vector<std::size_t> tokens;
  for (const Peak& peak : peaks) tokens.push_back(peak.token);
  return tokens;
}

}  // namespace

Image input_picture(const NamedTensor& input, const Preprocessing& preprocessing) {
  const auto channels = static_cast<std::size_t>(input.shape[1]);
  Image image(static_cast<int>(input.shape[3]), static_cast<int>(input.shape[2]));
  const std::size_t pixels =
      static_cast<std::size_t>(image.width()) * static_cast<std::size_t>(image.height());
  for (std::size_t c = 0; c < 3; ++c) {  // blue, green, red
    const bool rgb = preprocessing.channel_order == ChannelOrder::kRgb;
    const std::size_t from = channels == 1 ? 0 : rgb ? 2 - c : c;
    const float scale = preprocessing.scale[from];
    const float mean = preprocessing.mean[from];
    for (std::size_t i = 0; i < pixels; ++i) {
      const float value = scale == 0 ? 0.0F : input.values[from * pixels + i] / scale + mean;
      // Not std::lround(value) first: a transformer gives anything, NaN as well.
      const float byte = value > 0 ? std::min(value, 255.0F) : 0.0F;
      image.data()[i * 3 + c] = static_cast<std::uint8_t>(std::lround(byte));
    }
  }
  return image;
}

Image pictures_sheet(const std::vector<TitledPicture>& pictures) {
  constexpr int kRoom = 576;
  int width = 0;
  int height = kMargin;
  for (const TitledPicture& one : pictures) {
    const Size size = fitted(one.picture.width(), one.picture.height(), kRoom);
    width = std::max(width, size.width);
    height += kTitleHeight + size.height + kMargin;
  }
  Image image = sheet(std::max(width, kRoom) + 2 * kMargin, height);
  int y = kMargin;
  for (const TitledPicture& one : pictures) {
    const Size size = fitted(one.picture.width(), one.picture.height(), kRoom);
    write_at(image,
             one.title + " " + std::to_string(one.picture.width()) + "x" +
                 std::to_string(one.picture.height()),
             kMargin, y, kTitle, kPale);
    place(image, one.picture, kMargin, y + kTitleHeight, size.width, size.height);
    y += kTitleHeight + size.height + kMargin;
  }
  return image;
}

Image maps_sheet(const NamedTensor& value) {
  constexpr std::size_t kMostMaps = 512;
  constexpr std::size_t kFewMaps = 64;
  constexpr int kGap = 4;
  constexpr int kNumberWidth = 36;
  const auto maps = static_cast<std::size_t>(value.shape[1]);
  const auto map_height = static_cast<int>(value.shape[2]);
  const auto map_width = static_cast<int>(value.shape[3]);
  const std::size_t pixels =
      static_cast<std::size_t>(map_width) * static_cast<std::size_t>(map_height);

  struct Map {
    std::size_t number;
    double low;
    double span;
  };
  std::vector<Map> seen;
  for (std::size_t k = 0; k < maps; ++k) {
    const float* values = value.values.data() + k * pixels;
    const auto [least, most] = std::minmax_element(values, values + pixels);
    const double span = static_cast<double>(*most) - static_cast<double>(*least);
    if (span > 0 && std::isfinite(span)) seen.push_back({k, static_cast<double>(*least), span});
  }
  std::string title = value.name + "   " + std::to_string(maps) + " maps of " +
                      std::to_string(map_width) + "x" + std::to_string(map_height);
  if (seen.size() < maps) title += "   " + std::to_string(maps - seen.size()) + " flat";
  if (seen.size() > kMostMaps) {
    seen.resize(kMostMaps);
    title += "   the first " + std::to_string(kMostMaps) + " shown";
  }
  std::replace(title.begin(), title.end(), '_', '-');

  const int room = seen.size() <= kFewMaps ? 250 : 124;  // of a tile
  Size tile = fitted(map_width, map_height, room);
  if (tile.height > room) tile = {std::max(1, tile.width * room / tile.height), room};
  const int count = std::max(static_cast<int>(seen.size()), 1);
  const int columns =
      std::clamp((kWidth - 2 * kMargin - kNumberWidth) / (tile.width + kGap), 1, count);
  const int rows = (count + columns - 1) / columns;
  const auto title_width = static_cast<int>(text_width(characters_of(title), kTitle)) + 1;
  Image image =
      sheet(2 * kMargin + std::max(title_width, kNumberWidth + columns * (tile.width + kGap)),
            kMargin + kTitleHeight + rows * (tile.height + kGap) + kMargin);
  write_at(image, title, kMargin, kMargin, kTitle, kPale);
  Image map(map_width, map_height);
  for (std::size_t i = 0; i < seen.size(); ++i) {
    const float* values = value.values.data() + seen[i].number * pixels;
    for (std::size_t k = 0; k < pixels; ++k) {
      const Colour colour = heat((static_cast<double>(values[k]) - seen[i].low) / seen[i].span);
      std::copy(colour.begin(), colour.end(), map.data() + k * 3);
    }
    const int row = static_cast<int>(i) / columns;
    const int column = static_cast<int>(i) % columns;
    const int y = kMargin + kTitleHeight + row * (tile.height + kGap);
    if (column == 0) {
      write_at(image, std::to_string(seen[i].number), kMargin,
               y + (tile.height - kSmallHeight) / 2.0, kSmall, kDim);
    }
    place(image, map, kMargin + kNumberWidth + column * (tile.width + kGap), y, tile.width,
          tile.height);
  }
  return image;
}

std::vector<CharacterSteps> steps_of(const Plate& plate, const StepProbabilities& probabilities) {
  std::vector<CharacterSteps> result;
  const auto& tokens = probabilities.tokens;
  for (std::size_t i = 0; i < plate.characters.size(); ++i) {
    const auto begin = static_cast<std::size_t>(plate.characters[i].step);
    const bool is_last = i + 1 == plate.characters.size();
    const std::size_t limit = is_last ? probabilities.steps.size()
                                      : static_cast<std::size_t>(plate.characters[i + 1].step);
    CharacterSteps found;
    found.token = static_cast<std::size_t>(
        std::find(tokens.begin(), tokens.end(), plate.characters[i].text) - tokens.begin());
    found.begin = begin;
    found.end = begin + 1;
    while (found.end < limit && best_at(probabilities.steps[found.end]) == found.token) ++found.end;
    result.push_back(found);
  }
  return result;
}

Image steps_sheet(const Image& picture, const Plate& plate,
                  const StepProbabilities& probabilities) {
  constexpr int kLabelWidth = 76;
  constexpr int kRow = 26;
  const auto steps = static_cast<int>(probabilities.steps.size());
  const int cell = std::clamp(kWidth / steps, 8, 48);
  const bool has_numbers = cell >= 26;
  const std::vector<std::size_t> tokens = shown_tokens(probabilities);
  const int left = kMargin + kLabelWidth;
  const int right = left + steps * cell;
  const int strip_height = std::clamp(
      static_cast<int>(std::int64_t{right - left} * picture.height() / picture.width()), 24, 160);
  const int strip = kMargin + kTitleHeight;
  const int map = strip + strip_height + 6;
  const int axis = map + static_cast<int>(tokens.size()) * kRow + 2;
  const int best_row = axis + kSmallHeight + 6;
  const int text_row = best_row + kRow + 6;
  Image image = sheet(right + kMargin, text_row + kRow + kSmallHeight + 6 + kMargin);

  write_at(image,
           (plate.text.empty() ? "no text" : plate.text) + "   confidence " +
               formatted("%.4f", static_cast<double>(plate.confidence)),
           left, kMargin, kTitle, kPale);
  place(image, picture, left, strip, right - left, strip_height);

  for (std::size_t row = 0; row < tokens.size(); ++row) {
    const int y = map + static_cast<int>(row) * kRow;
    const std::string& token = probabilities.tokens[tokens[row]];
    write_centred(image, token.empty() ? "blank" : token, kMargin + kLabelWidth / 2.0, y + 2,
                  token.empty() ? kTitle : 0.9, token.empty() ? kDim : kPale);
    for (int t = 0; t < steps; ++t) {
      const double share = probabilities.steps[static_cast<std::size_t>(t)][tokens[row]];
      const int x = left + t * cell;
      fill(image, x, y, x + cell - 1, y + kRow - 1, heat(share));
      if (has_numbers && share >= 0.01) {
        write_centred(image, formatted("%.0f", 100 * share), x + cell / 2.0, y + 7, kSmall,
                      share > 0.55 ? kBlack : kPale);
      }
    }
  }
  for (int t = 0; t < steps; ++t) {
    const std::vector<double>& step = probabilities.steps[static_cast<std::size_t>(t)];
    const double middle = left + (t + 0.5) * cell;
    if (has_numbers || t % 10 == 0) {
      write_centred(image, std::to_string(t), middle, axis, kSmall, kDim);
    }
    const std::string& token = probabilities.tokens[best_at(step)];
    write_centred(image, token.empty() ? "·" : token, middle, best_row + 2,
                  has_numbers ? 0.9 : kSmall, token.empty() ? kDim : kPale);
  }
  write_at(image, "step", kMargin, axis, kSmall, kDim);
  write_at(image, "best", kMargin, best_row + 6, kSmall, kDim);
  write_at(image, "text", kMargin, text_row + 6, kSmall, kDim);

  const std::vector<CharacterSteps> spans = steps_of(plate, probabilities);
  if (spans.empty()) write_at(image, "none", left + 6, text_row + 6, kSmall, kDim);
  for (std::size_t i = 0; i < spans.size(); ++i) {
    const int x0 = left + static_cast<int>(spans[i].begin) * cell;
    const int x1 = left + static_cast<int>(spans[i].end) * cell - 1;
    fill(image, x0, text_row, x1, text_row + kRow, kBox);
    fill(image, x0, text_row, x1, text_row + 2, kFrame);
    const double middle = (x0 + x1) / 2.0;
    write_centred(image, plate.characters[i].text, middle, text_row + 3, has_numbers ? 0.9 : kSmall,
                  kWhite);
    if (has_numbers) {
      write_centred(image, formatted("%.2f", static_cast<double>(plate.characters[i].confidence)),
                    middle, text_row + kRow + 4, kSmall, kPale);
    }
    // The cells that gave it.
    const auto row = std::find(tokens.begin(), tokens.end(), spans[i].token);
    if (row == tokens.end()) continue;
    const int y = map + static_cast<int>(row - tokens.begin()) * kRow - 1;
    fill(image, x0 - 1, y, x1 + 1, y + 2, kFrame);
    fill(image, x0 - 1, y + kRow - 1, x1 + 1, y + kRow + 1, kFrame);
    fill(image, x0 - 1, y, x0 + 1, y + kRow + 1, kFrame);
    fill(image, x1 - 1, y, x1 + 1, y + kRow + 1, kFrame);
  }
  return image;
}

}  // namespace lprnet::cli
