#include "base/file_bytes.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <fstream>
#include <thread>

#include "base/error_text.h"
#include "tests/error_of.h"
#include "tests/temporary_folder.h"

namespace lprnet::base {
namespace {

using test::error_of;
using testing::HasSubstr;

std::string text_in(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data), bytes.size};
}

// The message of the Error with that code; "no error" without one.
// Refuses whatever does not begin with 'x', and counts.
struct Check {
  int calls = 0;
  std::size_t head_size = 0;

  FileLimits limits(std::size_t max_bytes = FileLimits::kMaxBytes) {
    return {max_bytes, [this](std::span<const std::uint8_t> head) {
              ++calls;
              head_size = head.size();
              if (head.empty() || head[0] != 'x') fail(ErrorCode::kFormat, "not an x");
            }};
  }
};

// What one thread writes into a pipe while the other reads.
class Pipe {
 public:
  explicit Pipe(std::string text) {
    EXPECT_EQ(pipe(ends_.data()), 0);
    std::signal(SIGPIPE, SIG_IGN);  // the reader may go away first
    writer_ = std::thread([this, all = std::move(text)] {
      std::string_view left = all;
      while (!left.empty()) {
        const ssize_t count = write(ends_[1], left.data(), left.size());
        if (count <= 0) break;
        left.remove_prefix(static_cast<std::size_t>(count));
      }
      close(ends_[1]);
    });
  }
  ~Pipe() {
    close(ends_[0]);
    writer_.join();
  }
  int read_end() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{};
  std::thread writer_;
};

TEST(ReadFile, OfEverySizeAroundTheHeadAndTheFirstBuffer) {
  const test::TemporaryFolder folder;
  constexpr std::array<std::size_t, 9> kSizes{0, 1, 4095, 4096, 4097, 65535, 65536, 65537, 200000};
  for (const std::size_t size : kSizes) {
    std::string text(size, 'x');
    for (std::size_t i = 1; i < size; ++i) text[i] = static_cast<char>(i * 7);
    const auto path = folder.write("file", text);
    EXPECT_EQ(text_in(read_file(path)), text) << size;
    if (size == 0) continue;
    Check check;
    EXPECT_EQ(text_in(read_file(path, check.limits(size))), text) << size;
    EXPECT_EQ(check.calls, 1);
    EXPECT_EQ(check.head_size, std::min(size, kHeadBytes));
    Pipe pipe(text);
    EXPECT_EQ(text_in(read_descriptor(pipe.read_end(), "pipe", check.limits(size))), text) << size;
  }
}

TEST(ReadFile, MissingFileFolderAndFileInAFile) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("file", "x");
  EXPECT_THAT(error_of([&] { read_file(folder.path() / "none"); }, ErrorCode::kNotFound),
              HasSubstr("none: no such file"));
  EXPECT_THAT(error_of([&] { read_file(path / "inside"); }, ErrorCode::kNotFound),
              HasSubstr("inside: no such file"));
  EXPECT_THAT(error_of([&] { read_file(folder.path()); }, ErrorCode::kIo),
              HasSubstr("is a folder, expected a file"));
}

TEST(ReadFile, SparseFileIsRefusedByItsSize) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("sparse", "x");
  std::filesystem::resize_file(path, std::uintmax_t{1} << 40);
  EXPECT_THAT(error_of([&] { read_file(path); }, ErrorCode::kLimit),
              HasSubstr("is 1099511627776 bytes or more, the limit is 2147483648"));
}

TEST(ReadFile, HeadIsLookedAtBeforeTheRestIsRead) {
  Check check;
  EXPECT_EQ(error_of([&] { read_file("/dev/zero", check.limits()); }, ErrorCode::kFormat),
            "not an x");
  EXPECT_EQ(check.head_size, kHeadBytes);
  const test::TemporaryFolder folder;
  const auto path = folder.write("sparse", "y");
  std::filesystem::resize_file(path, std::uintmax_t{1} << 30);
  EXPECT_EQ(error_of([&] { read_file(path, check.limits()); }, ErrorCode::kFormat), "not an x");
}

TEST(ReadFile, EndlessFileIsReadToTheLimit) {
  EXPECT_THAT(error_of(
                  [&] {
                    read_file("/dev/zero", {100000, {}});
                  },
                  ErrorCode::kLimit),
              HasSubstr("bytes or more, the limit is 100000"));
  Pipe pipe(std::string(100001, 'x'));
  EXPECT_THAT(error_of(
                  [&] {
                    read_descriptor(pipe.read_end(), "pipe", {100000, {}});
                  },
                  ErrorCode::kLimit),
              HasSubstr("bytes or more, the limit is 100000"));
}

TEST(ReadFile, NamedPipe) {
  const test::TemporaryFolder folder;
  const auto path = folder.path() / "fifo";
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  std::thread writer([&] { std::ofstream(path) << "x from a pipe"; });
  EXPECT_EQ(text_in(read_file(path)), "x from a pipe");
  writer.join();
}

// As in /proc, whose files say that they are empty.
TEST(ReadFile, FileLongerThanItsSize) {
  EXPECT_THAT(text_in(read_file("/proc/self/status")), HasSubstr("Pid:"));
}

TEST(ReadDescriptor, ReadsFromWhereItStands) {
  const test::TemporaryFolder folder;
  const auto path = folder.write("file", "abcxyz");
  const int file = open(path.c_str(), O_RDONLY);
  ASSERT_GE(file, 0);
  lseek(file, 3, SEEK_SET);
  EXPECT_EQ(text_in(read_descriptor(file, "file", {3, {}})), "xyz");
  close(file);
}

}  // namespace
}  // namespace lprnet::base
