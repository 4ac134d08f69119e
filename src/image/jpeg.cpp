// libjpeg-turbo with the settings of OpenCV's imread: slow integer DCT, fancy upsampling, BGR out.
#include <stdio.h>  // jpeglib.h uses FILE without including it

#include <jpeglib.h>

#include <jerror.h>  // after jpeglib.h, whose version it asks for

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstring>
#include <new>
#include <vector>

#include "image/decoders.h"

namespace lprnet::image {
namespace {

// libjpeg's state. Its errors jump back to the function that called setjmp, so nothing with a
// destructor may live between the two.
struct JpegDecompressor {
  explicit JpegDecompressor(const Encoded& file);
  ~JpegDecompressor() { jpeg_destroy_decompress(&info); }
  JpegDecompressor(const JpegDecompressor&) = delete;
  JpegDecompressor& operator=(const JpegDecompressor&) = delete;

  // False: `reason` says what is wrong, or `out_of_memory` is set.
  bool read_header();
  bool read_rows(std::uint8_t* bgr, std::uint8_t* cmyk_row);
  // Whether every scan was there that the picture needs.
  bool has_all_scans() const;

  jpeg_decompress_struct info{};
  jpeg_error_mgr errors{};
  jpeg_source_mgr source{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape;
  char reason[JMSG_LENGTH_MAX + 64] = "";
  bool out_of_memory = false;
  bool in_scans = false;
  bool lacks_end = false;  // the bytes ended in the scans, where only the end marker may be missing
};

template <typename Info>
JpegDecompressor& owner_of(Info* info) {
  return *static_cast<JpegDecompressor*>(info->client_data);
}

[[noreturn]] void escape_truncated(JpegDecompressor& jpeg) {
  static_assert(sizeof(kTruncated) <= sizeof(jpeg.reason));
  std::memcpy(jpeg.reason, kTruncated, sizeof(kTruncated));
  std::longjmp(jpeg.escape, 1);
}

[[noreturn]] void escape_with_message(j_common_ptr info) {
  JpegDecompressor& jpeg = owner_of(info);
  jpeg.out_of_memory = info->err->msg_code == JERR_OUT_OF_MEMORY;
  // What libjpeg finds wrong behind the end is that it was too early.
  if (jpeg.lacks_end && !jpeg.out_of_memory) escape_truncated(jpeg);
  char text[JMSG_LENGTH_MAX];
  info->err->format_message(info, text);
  std::snprintf(jpeg.reason, sizeof(jpeg.reason), "cannot be decoded as JPEG: %s", text);
  std::longjmp(jpeg.escape, 1);
}

// libjpeg repairs damaged data with grey and a warning. A plate read from such a picture would be a
// guess, so warnings that mean wrong pixels are errors here; oddities around the pixels are not.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  switch (info->err->msg_code) {
    case JWRN_HIT_MARKER:
    case JWRN_HUFF_BAD_CODE:
    case JWRN_ARITH_BAD_CODE:
    case JWRN_MUST_RESYNC:
      escape_with_message(info);
    default:
      break;
  }
}

// libjpeg reads ahead, so that it comes here before it has used what it has. An end marker then
// makes it say whether that is enough (JWRN_HIT_MARKER), but with arithmetic coding, where zeros
// may follow.
boolean on_end_of_bytes(j_decompress_ptr info) {
  static constexpr JOCTET kEndOfImage[] = {0xFF, JPEG_EOI};
  JpegDecompressor& jpeg = owner_of(info);
  if (!jpeg.in_scans || info->arith_code) escape_truncated(jpeg);
  jpeg.lacks_end = true;
  info->src->next_input_byte = kEndOfImage;
  info->src->bytes_in_buffer = sizeof(kEndOfImage);
  return TRUE;
}

void skip_bytes(j_decompress_ptr info, long count) {
  if (count <= 0) return;
  if (static_cast<std::size_t>(count) > info->src->bytes_in_buffer)
    escape_truncated(owner_of(info));
  info->src->next_input_byte += count;
  info->src->bytes_in_buffer -= static_cast<std::size_t>(count);
}

void on_progress(j_common_ptr info) {
  if (reinterpret_cast<j_decompress_ptr>(info)->input_scan_number > kMaxJpegScans) {
    JpegDecompressor& jpeg = owner_of(info);
    std::snprintf(jpeg.reason, sizeof(jpeg.reason), "%s", kTooManyJpegScans);
    std::longjmp(jpeg.escape, 1);
  }
}

void nothing(j_decompress_ptr) {}

JpegDecompressor::JpegDecompressor(const Encoded& file) {
  info.err = jpeg_std_error(&errors);
  info.client_data = this;
  errors.error_exit = escape_with_message;
  errors.emit_message = on_message;
  source.next_input_byte = file.bytes.data();
  source.bytes_in_buffer = file.bytes.size();
  source.init_source = nothing;
  source.fill_input_buffer = on_end_of_bytes;
  source.skip_input_data = skip_bytes;
  source.resync_to_restart = jpeg_resync_to_restart;
  source.term_source = nothing;
  progress.progress_monitor = on_progress;
}

bool JpegDecompressor::read_header() {
  if (setjmp(escape) != 0) return false;
  jpeg_create_decompress(&info);
  info.src = &source;
  info.progress = &progress;
  jpeg_read_header(&info, TRUE);
  info.out_color_space = info.num_components == 4 ? JCS_CMYK : JCS_EXT_BGR;
  return true;
}

// Adobe's inverted CMYK, as OpenCV converts it.
void bgr_from_cmyk(const std::uint8_t* cmyk, std::uint8_t* bgr, std::size_t width) {
  for (std::size_t x = 0; x < width; ++x, cmyk += 4, bgr += 3) {
    const int black = cmyk[3];
    for (int c = 0; c < 3; ++c) {
      bgr[2 - c] = static_cast<std::uint8_t>(black - ((255 - cmyk[c]) * black >> 8));
    }
  }
}

// Of a progressive picture every bit of every coefficient, else a scan for each colour.
bool JpegDecompressor::has_all_scans() const {
  for (int i = 0; i < info.num_components; ++i) {
    if (info.comp_info[i].quant_table == nullptr) return false;
    if (info.coef_bits == nullptr) continue;
    const int* missing = info.coef_bits[i];
    if (std::any_of(missing, missing + DCTSIZE2, [](int bits) { return bits != 0; })) return false;
  }
  return true;
}

bool JpegDecompressor::read_rows(std::uint8_t* bgr, std::uint8_t* cmyk_row) {
  if (setjmp(escape) != 0) return false;
  in_scans = true;
  jpeg_start_decompress(&info);
  while (info.output_scanline < info.output_height) {
    std::uint8_t* out = bgr + std::size_t{info.output_scanline} * info.output_width * 3;
    JSAMPROW row = cmyk_row != nullptr ? cmyk_row : out;
    jpeg_read_scanlines(&info, &row, 1);
    if (cmyk_row != nullptr) bgr_from_cmyk(cmyk_row, out, info.output_width);
  }
  const bool is_whole = has_all_scans();
  jpeg_finish_decompress(&info);
  if (lacks_end && !is_whole) escape_truncated(*this);
  return true;
}

[[noreturn]] void refuse(const Encoded& file, const JpegDecompressor& jpeg) {
  if (jpeg.out_of_memory) throw std::bad_alloc();
  refuse(file, jpeg.reason);
}

}  // namespace

Image decode_jpeg(const Encoded& file, bool* lacks_end) {
  JpegDecompressor jpeg(file);
  if (!jpeg.read_header()) refuse(file, jpeg);
  Image image = image_for(file, jpeg.info.image_width, jpeg.info.image_height, kJpegPixelsPerByte);
  std::vector<std::uint8_t> cmyk_row;
  if (jpeg.info.num_components == 4) cmyk_row.resize(std::size_t{jpeg.info.image_width} * 4);
  if (!jpeg.read_rows(image.data(), cmyk_row.empty() ? nullptr : cmyk_row.data())) {
    refuse(file, jpeg);
  }
  *lacks_end = jpeg.lacks_end;
  return image;
}

}  // namespace lprnet::image
