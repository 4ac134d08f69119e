// Gives random and mutated files to every loader and decoder, by the paths that a host uses:
//
//   random_files SAMPLES... [--files N] [--seed S] [--first I] [--max-seconds T] [--max-mib M]
//
// File I of a seed is always the same: a sample (files below the folders SAMPLES) with a few
// changes, two samples joined, or bytes alone. Each is loaded as a picture and as a model; a small
// model that loads reads a picture. Fails on an exception that is not lprnet::Error, on a file that
// takes more than T seconds of processor time, and when the process at its largest had more than M
// MiB. A crash names the file, which --first I --files 1 repeats.
#include <sys/mman.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "lprnet/error.hpp"
#include "lprnet/image.hpp"
#include "lprnet/model.hpp"
#include "lprnet/recognizer.hpp"

namespace lprnet {
namespace {

using Random = std::mt19937_64;

std::uint64_t below(Random& random, std::uint64_t limit) {
  return limit == 0 ? 0 : random() % limit;
}

constexpr std::size_t kMaxSampleBytes = std::size_t{1} << 18;

// The samples by the folder that they lie in, each folder a kind. Ordered by their places below the
// folders given, so that a file's number means the same on every machine.
using Samples = std::vector<std::vector<std::string>>;

Samples read_samples(const std::vector<std::string>& folders) {
  Samples samples;
  for (const std::string& folder : folders) {
    std::map<std::string, std::set<std::filesystem::path>> kinds;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
      if (!entry.is_regular_file() || entry.file_size() > kMaxSampleBytes) continue;
      const auto place = entry.path().lexically_relative(folder);
      kinds[place.parent_path().string()].insert(entry.path());
    }
    for (const auto& [kind, paths] : kinds) {
      auto& files = samples.emplace_back();
      for (const auto& path : paths) {
        std::ifstream file(path, std::ios::binary);
        files.emplace_back(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
      }
    }
  }
  return samples;
}

const std::string& any_of(Random& random, const Samples& samples) {
  const auto& kind = samples[below(random, samples.size())];
  return kind[below(random, kind.size())];
}

std::string random_bytes(Random& random, std::size_t size) {
  std::string bytes(size, '\0');
  for (char& c : bytes) c = static_cast<char>(random() & 0xFFU);
  return bytes;
}

// The first bytes of each kind of file, so that random ones get past the look at them.
std::string beginning(Random& random) {
  using namespace std::string_view_literals;
  constexpr std::array kBeginnings = {"\xFF\xD8\xFF"sv,       "\x89PNG\r\n\x1A\n\0\0\0\rIHDR"sv,
                                      "BM\0\0\0\0\0\0\0\0"sv, "P6 7 5 255\n"sv,
                                      "P2 3 3 15\n"sv,        "PK\3\4"sv,
                                      "\x80\x02}q\x01"sv,     "\x80\x02\x8a\nl\xfc\x9c\x46\xf9"sv,
                                      "{\"lprnet\":"sv,       "\x40\0\0\0\0\0\0\0{\""sv};
  return std::string(kBeginnings[below(random, kBeginnings.size())]);
}

void put_little_endian(std::string& bytes, std::size_t at, std::uint64_t value, std::size_t count) {
  for (std::size_t i = 0; i < count && at + i < bytes.size(); ++i) {
    bytes[at + i] = static_cast<char>((value >> (8 * i)) & 0xFFU);
  }
}

// Another number in a text, with the length of a .safetensors header made to fit again.
void change_number(Random& random, std::string& bytes) {
  constexpr std::array kNumbers = {"0",
                                   "-1",
                                   "1",
                                   "3",
                                   "255",
                                   "65536",
                                   "2147483647",
                                   "4294967296",
                                   "9223372036854775807",
                                   "18446744073709551615",
                                   "1e308",
                                   "0.5"};
  const std::size_t start = below(random, std::min<std::size_t>(bytes.size(), 65536));
  const std::size_t at = bytes.find_first_of("0123456789", start);
  if (at == std::string::npos) return;
  const std::size_t end = bytes.find_first_not_of("0123456789", at);
  const std::size_t old = (end == std::string::npos ? bytes.size() : end) - at;
  const std::string number = kNumbers[below(random, kNumbers.size())];
  const bool has_header = bytes.size() > 8 && bytes[8] == '{';
  std::uint64_t length = 0;
  if (has_header) std::memcpy(&length, bytes.data(), sizeof length);
  bytes.replace(at, old, number);
  if (has_header && at > 8) put_little_endian(bytes, 0, length + number.size() - old, 8);
}

void change(Random& random, std::string& bytes) {
  constexpr std::array<std::uint64_t, 10> kValues = {
      0, 1, 0x7F, 0x80, 0xFF, 0x7FFF, 0xFFFF, 0x7FFFFFFF, 0xFFFFFFFF, ~std::uint64_t{0}};
  if (bytes.empty()) return;
  const std::size_t at = below(random, bytes.size());
  const std::size_t count = 1 + below(random, std::min<std::size_t>(bytes.size() - at, 64));
  switch (below(random, 8)) {
    case 0:
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << below(random, 8)));
      break;
    case 1:
      bytes[at] = static_cast<char>(random() & 0xFFU);
      break;
    case 2:
      put_little_endian(bytes, at, kValues[below(random, kValues.size())],
                        std::size_t{1} << below(random, 4));
      break;
    case 3:
      bytes.erase(at, count);
      break;
    case 4:
      bytes.insert(below(random, bytes.size()), bytes.substr(at, count));
      break;
    case 5:
      bytes.insert(at, random_bytes(random, count));
      break;
    case 6:
      if (below(random, 4) == 0) bytes.resize(at);
      break;
    default:
      change_number(random, bytes);
  }
}

std::string make_file(std::uint64_t seed, std::uint64_t index, const Samples& samples) {
  std::seed_seq both{seed, index};
  Random random(both);
  const std::uint64_t kind = below(random, 20);
  if (kind == 0) return random_bytes(random, below(random, 4096));
  if (kind == 1) return beginning(random) + random_bytes(random, below(random, 4096));
  std::string bytes = any_of(random, samples);
  if (kind == 2) {
    const std::string& other = any_of(random, samples);
    bytes.resize(below(random, bytes.size() + 1));
    bytes += other.substr(below(random, other.size() + 1));
  }
  // Of many changes hardly any file gets past the first check, of one each may.
  const std::uint64_t changes = 1 + below(random, std::uint64_t{1} << below(random, 4));
  for (std::uint64_t i = 0; i < changes; ++i) change(random, bytes);
  return bytes;
}

// The file in hand, for the message of a crash.
volatile std::sig_atomic_t current_high = 0;
volatile std::sig_atomic_t current_low = 0;
constexpr std::uint64_t kHalf = 1'000'000'000;

void name_file(int signal) {
  char text[] = "crash at file           x1e9 +           \n";
  const auto put = [&text](std::size_t end, int value) {
    do {
      text[end--] = static_cast<char>('0' + value % 10);
      value /= 10;
    } while (value > 0);
  };
  put(22, current_high);
  put(38, current_low);
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text, sizeof text - 1);
  std::signal(signal, SIG_DFL);
  std::raise(signal);
}

double processor_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + 1e-9 * static_cast<double>(now.tv_nsec);
}

// A file in memory under a path.
class MemoryFile {
 public:
  MemoryFile() : descriptor_(memfd_create("file", MFD_CLOEXEC)) {
    if (descriptor_ < 0) throw std::runtime_error("no memory file can be made");
  }
  ~MemoryFile() { ::close(descriptor_); }
  MemoryFile(const MemoryFile&) = delete;
  MemoryFile& operator=(const MemoryFile&) = delete;

  void set(const std::string& bytes) const {
    if (ftruncate(descriptor_, 0) != 0 ||
        pwrite(descriptor_, bytes.data(), bytes.size(), 0) != static_cast<ssize_t>(bytes.size())) {
      throw std::runtime_error("a memory file cannot be written");
    }
  }
  std::string path() const { return "/proc/self/fd/" + std::to_string(descriptor_); }

 private:
  int descriptor_;
};

struct Counts {
  std::uint64_t pictures = 0;  // that were decoded
  std::uint64_t models = 0;    // that were loaded
  std::uint64_t runs = 0;      // that read a picture
  double slowest = 0;
  std::uint64_t slowest_file = 0;
};

void load_as_picture(const std::string& path, Counts& counts) {
  try {
    const Image image = Image::load(path);
    counts.pictures += image.width() > 0 ? 1 : 0;
  } catch (const Error&) {
  }
}

void load_as_model(const std::string& path, Counts& counts) {
  constexpr std::int64_t kMostWork = 10'000'000;
  try {
    const auto model = Model::load(path);
    ++counts.models;
    if (model->description().plate_reader() == nullptr || model->summary().macs_run > kMostWork)
      return;
    const Image image(94, 24);
    const Plate plate = Recognizer(model).recognize(image);
    counts.runs += plate.confidence >= 0 || plate.confidence != plate.confidence ? 1 : 0;
  } catch (const Error&) {
  }
}

int run(int argc, char** argv) {
  std::vector<std::string> folders;
  std::uint64_t files = 1000;
  std::uint64_t seed = 1;
  std::uint64_t first = 0;
  double max_seconds = 0;
  long max_mib = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : "";
    if (name == "--files") {
      files = std::strtoull(value, nullptr, 10);
    } else if (name == "--seed") {
      seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--first") {
      first = std::strtoull(value, nullptr, 10);
    } else if (name == "--max-seconds") {
      max_seconds = std::strtod(value, nullptr);
    } else if (name == "--max-mib") {
      max_mib = std::strtol(value, nullptr, 10);
    } else {
      folders.emplace_back(name);
      continue;
    }
    ++i;
  }
  const Samples samples = read_samples(folders);
  if (samples.empty() || files == 0) {
    std::fputs("random_files: no samples, or no files wanted\n", stderr);
    return 2;
  }
  for (const int signal : {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT})
    std::signal(signal, name_file);

  const MemoryFile file;
  Counts counts;
  int failures = 0;
  for (std::uint64_t i = first; i < first + files; ++i) {
    current_high = static_cast<std::sig_atomic_t>(i / kHalf);
    current_low = static_cast<std::sig_atomic_t>(i % kHalf);
    file.set(make_file(seed, i, samples));
    const double start = processor_seconds();
    try {
      load_as_picture(file.path(), counts);
      load_as_model(file.path(), counts);
    } catch (const std::exception& error) {
      std::printf("file %llu: %s\n", static_cast<unsigned long long>(i), error.what());
      ++failures;
    }
    const double seconds = processor_seconds() - start;
    if (seconds > counts.slowest) {
      counts.slowest = seconds;
      counts.slowest_file = i;
    }
    if (max_seconds > 0 && seconds > max_seconds) {
      std::printf("file %llu: took %.2f s\n", static_cast<unsigned long long>(i), seconds);
      ++failures;
    }
    if ((i - first + 1) % 10000 == 0) {
      std::printf("%llu files\n", static_cast<unsigned long long>(i - first + 1));
      std::fflush(stdout);
    }
  }
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  const long mib = usage.ru_maxrss / 1024;
  std::printf(
      "%llu files of seed %llu from %zu kinds of samples: %llu pictures, %llu models, %llu plates "
      "read; the "
      "slowest, file %llu, took %.3f s; at most %ld MiB; %d failures\n",
      static_cast<unsigned long long>(files), static_cast<unsigned long long>(seed), samples.size(),
      static_cast<unsigned long long>(counts.pictures),
      static_cast<unsigned long long>(counts.models), static_cast<unsigned long long>(counts.runs),
      static_cast<unsigned long long>(counts.slowest_file), counts.slowest, mib, failures);
  if (max_mib > 0 && mib > max_mib) {
    std::printf("more than %ld MiB\n", max_mib);
    return 1;
  }
  // Samples that are never accepted test nothing but the first check.
  const bool is_tested =
      files < 1000 || (counts.pictures > 0 && counts.models > 0 && counts.runs > 0);
  if (!is_tested) std::puts("no picture or no model was accepted");
  return failures == 0 && is_tested ? 0 : 1;
}

}  // namespace
}  // namespace lprnet

int main(int argc, char** argv) {
  try {
    return lprnet::run(argc, argv);
  } catch (const std::exception& error) {
    std::fprintf(stderr, "random_files: %s\n", error.what());
    return 2;
  }
}
