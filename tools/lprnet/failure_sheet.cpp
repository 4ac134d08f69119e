#include "failure_sheet.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>
#include <system_error>
#include <utility>

#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/output_file.hpp"
#include "safe_text.h"
#include "scores.h"
#include "signals.h"
#include "text_table.h"
#include "utf8.h"

namespace lprnet::cli {
namespace {

std::string html_of(std::string_view raw) {
  std::string html;
  for (const char c : shown(raw)) {
    switch (c) {
      case '&':
        html += "&amp;";
        break;
      case '<':
        html += "&lt;";
        break;
      case '>':
        html += "&gt;";
        break;
      case '"':
        html += "&quot;";
        break;
      default:
        html += c;
    }
  }
  return html;
}

std::string base64(const std::string& bytes) {
  constexpr std::string_view kDigits =
      "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
  std::string text;
  for (std::size_t i = 0; i < bytes.size(); i += 3) {
    std::uint32_t group = 0;
    for (std::size_t k = 0; k < 3; ++k) {
      const char byte = i + k < bytes.size() ? bytes[i + k] : '\0';
      group = (group << 8) | static_cast<unsigned char>(byte);
    }
    for (std::size_t k = 0; k < 4; ++k) {
      text += i + k <= bytes.size() ? kDigits[(group >> (18 - 6 * k)) & 63] : '=';
    }
  }
  return text;
}

void append_little_endian(std::string& bytes, int value, int count) {
  for (int i = 0; i < count; ++i) bytes += static_cast<char>((value >> (8 * i)) & 0xFF);
}

// As a 24-bit BMP, the simplest picture that every browser shows, whatever format the file had; of
// a large one every k-th pixel.
std::string bmp_of(const Image& image) {
  constexpr int kLargestSide = 480;
  const int step = (std::max(image.width(), image.height()) + kLargestSide - 1) / kLargestSide;
  const int width = (image.width() + step - 1) / step;
  const int height = (image.height() + step - 1) / step;
  const int padding = width % 4;  // a row of 3 * width bytes is filled up to a multiple of 4
  const int pixels = (3 * width + padding) * height;
  constexpr int kHeaders = 14 + 40;
  std::string bytes = "BM";
  append_little_endian(bytes, kHeaders + pixels, 4);
  append_little_endian(bytes, 0, 4);
  append_little_endian(bytes, kHeaders, 4);
  append_little_endian(bytes, 40, 4);
  append_little_endian(bytes, width, 4);
  append_little_endian(bytes, height, 4);
  append_little_endian(bytes, 1, 2);   // planes
  append_little_endian(bytes, 24, 2);  // bits a pixel
  bytes.append(24, '\0');
  for (int y = height - 1; y >= 0; --y) {
    const std::uint8_t* row = image.data() + std::ptrdiff_t{3} * image.width() * y * step;
    for (int x = 0; x < width; ++x) {
      const auto* pixel = reinterpret_cast<const char*>(row + std::ptrdiff_t{3} * x * step);
      bytes.append(pixel, 3);
    }
    bytes.append(static_cast<std::size_t>(padding), '\0');
  }
  return bytes;
}

// The two texts with what differs marked.
std::pair<std::string, std::string> marked(const std::string& label, const std::string& read) {
  std::pair<std::string, std::string> html;
  auto mark = [](const std::string& character) {
    return "<mark>" + (character.empty() ? "·" : html_of(character)) + "</mark>";
  };
  for (const Edit& edit : align(characters_of(label), characters_of(read))) {
    html.first += edit.is_match() ? html_of(edit.label) : mark(edit.label);
    html.second += edit.is_match() ? html_of(edit.read) : mark(edit.read);
  }
  return html;
}

// Empty where there is nothing to show any more: standard input, a file that is gone.
std::string picture_of(const Failure& failure, const ImageOptions& image_options) {
  try {
    const std::string picture = base64(bmp_of(Image::load(failure.file, image_options)));
    return "<img alt=\"\" src=\"data:image/bmp;base64," + picture + "\">";
  } catch (const Error&) {
    return "";
  }
}

std::string card(const Failure& failure, const ImageOptions& image_options) {
  const auto [label, read] = marked(failure.label, failure.read);
  return "<figure>" + picture_of(failure, image_options) + "<figcaption><div>label <b>" + label +
         "</b></div><div>read <b>" + read + "</b></div><div>" +
         formatted("%.4f", failure.confidence) + "</div><small>" + html_of(failure.file) +
         "</small></figcaption></figure>\n";
}

constexpr const char* kStyle =
    "body{font:16px sans-serif;margin:2em;background:#f6f6f6}"
    "main{display:flex;flex-wrap:wrap;gap:1em}"
    "figure{margin:0;padding:.6em;background:#fff;border:1px solid #ccc;width:14em}"
    "img{width:100%;image-rendering:pixelated}"
    "mark{background:#ffb3b3}small{color:#777;overflow-wrap:anywhere}";

}  // namespace

void write_failure_sheet(const std::filesystem::path& folder, const std::string& title,
                         const std::vector<Failure>& failures, const ImageOptions& image_options) {
  std::error_code error;
  std::filesystem::create_directories(folder, error);
  const HeldSignals held;
  OutputFile page(folder / "index.html");
  page.write("<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\"><title>" +
             html_of(title) + "</title><style>" + kStyle + "</style></head>\n<body><h1>" +
             html_of(title) + "</h1>\n<main>\n");
  for (const Failure& failure : failures) {
    if (HeldSignals::is_waiting()) return;  // the unfinished page goes, then the program
    page.write(card(failure, image_options));
  }
  page.write("</main></body></html>\n");
  page.finish();
}

}  // namespace lprnet::cli
