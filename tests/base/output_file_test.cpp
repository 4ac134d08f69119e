#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "base/file_bytes.h"
#include "lprnet/error.hpp"
#include "lprnet/output_file.hpp"
#include "tests/temporary_folder.h"

namespace lprnet::base {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::HasSubstr;

class OutputFileTest : public testing::Test {
 protected:
  fs::path at(const std::string& name) const { return folder_.path() / name; }

  std::set<std::string> names() const {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(folder_.path())) {
      names.insert(entry.path().filename().string());
    }
    return names;
  }

  static std::string content(const fs::path& path) {
    const Bytes bytes = read_file(path);
    return {reinterpret_cast<const char*>(bytes.data), bytes.size};
  }

  static mode_t permissions(const fs::path& path) {
    struct stat status {};
    EXPECT_EQ(::stat(path.c_str(), &status), 0);
    return status.st_mode & 07777U;
  }

  // What write_file() says of a path that it cannot write; nothing is left behind.
  std::string error_of(const fs::path& path) const {
    const std::set<std::string> before = names();
    std::string message = "no error";
    try {
      write_file(path, "new");
    } catch (const Error& error) {
      EXPECT_EQ(error.code(), ErrorCode::kIo);
      message = error.what();
    }
    EXPECT_EQ(names(), before);
    return message;
  }

  test::TemporaryFolder folder_;
};

class Umask {
 public:
  explicit Umask(mode_t mask) : before_(::umask(mask)) {}
  ~Umask() { ::umask(before_); }
  Umask(const Umask&) = delete;
  Umask& operator=(const Umask&) = delete;

 private:
  mode_t before_;
};

TEST_F(OutputFileTest, NewFileHasThePermissionsThatTheUmaskLeaves) {
  for (const mode_t mask : {0022U, 0077U, 0002U}) {
    const Umask umask(mask);
    const fs::path path = at(std::to_string(mask));
    write_file(path, "new");
    EXPECT_EQ(permissions(path), 0666U & ~mask);
  }
}

TEST_F(OutputFileTest, ReplacedFileKeepsItsPermissions) {
  const Umask umask(0077);
  const fs::path path = at("file");
  write_file(path, "old");
  for (const mode_t mode : {0600U, 0644U, 0664U, 0444U, 0755U}) {
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    write_file(path, std::to_string(mode));
    EXPECT_EQ(permissions(path), mode);
    EXPECT_EQ(content(path), std::to_string(mode));
  }
}

TEST_F(OutputFileTest, NeighboursAreNotTouched) {
  for (const char* name : {"file.part", "file.tmp", "file~", ".lprnet-0000000000000000"}) {
    folder_.write(name, "mine");
  }
  write_file(at("file"), "new");
  EXPECT_THAT(names(),
              ElementsAre(".lprnet-0000000000000000", "file", "file.part", "file.tmp", "file~"));
  EXPECT_EQ(content(at("file.part")), "mine");
}

TEST_F(OutputFileTest, LinkIsReplacedAndWhatItNamesStays) {
  folder_.write("old", "old");
  fs::create_symlink("old", at("link"));
  fs::create_symlink("nowhere", at("dangling"));
  fs::create_symlink(".", at("folder_link"));
  for (const char* name : {"link", "dangling", "folder_link"}) {
    write_file(at(name), "new");
    EXPECT_TRUE(fs::is_regular_file(fs::symlink_status(at(name)))) << name;
    EXPECT_EQ(content(at(name)), "new");
  }
  EXPECT_EQ(content(at("old")), "old");
  EXPECT_FALSE(fs::exists(at("nowhere")));
}

TEST_F(OutputFileTest, WhatIsNoRegularFileIsRefused) {
  fs::create_directory(at("folder"));
  EXPECT_EQ(error_of(at("folder")), at("folder").string() +
                                        ": is a folder, expected the name of a regular file to "
                                        "write");
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  EXPECT_THAT(error_of(at("pipe")), HasSubstr("is a named pipe"));
  EXPECT_THAT(error_of("/dev/null"), HasSubstr("is a device"));
  EXPECT_THAT(error_of(folder_.path() / ""), HasSubstr("names no file"));

  const int listener = ::socket(AF_UNIX, SOCK_STREAM, 0);
  ASSERT_GE(listener, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const std::string name = at("socket").string();
  ASSERT_LT(name.size(), sizeof address.sun_path);
  name.copy(address.sun_path, name.size());
  ASSERT_EQ(::bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_THAT(error_of(at("socket")), HasSubstr("is a socket"));
  ::close(listener);
}

TEST_F(OutputFileTest, FolderThatIsNotThereIsNamed) {
  EXPECT_EQ(error_of(at("gone") / "file"),
            (at("gone") / "file").string() + ": cannot write: No such file or directory");
}

TEST_F(OutputFileTest, LongestNameIsWritten) {
  const fs::path path = at(std::string(255, 'x'));
  write_file(path, "new");
  EXPECT_EQ(content(path), "new");
}

TEST_F(OutputFileTest, WithoutFinishNothingIsLeft) {
  folder_.write("file", "old");
  {
    OutputFile file(at("file"));
    file.write(std::string(std::size_t{1} << 20, 'x'));
    EXPECT_EQ(names().size(), 2);
    EXPECT_EQ(content(at("file")), "old");
  }
  EXPECT_THAT(names(), ElementsAre("file"));
  EXPECT_EQ(content(at("file")), "old");
}

TEST_F(OutputFileTest, PiecesOfAnySizeComeInTheirOrder) {
  OutputFile file(at("file"));
  std::string expected;
  for (std::size_t size = 1; size < (std::size_t{1} << 18); size = size * 3 + 1) {
    const std::string piece(size, static_cast<char>('a' + size % 26));
    file.write(piece);
    expected += piece;
  }
  file.finish();
  EXPECT_EQ(content(at("file")), expected);
}

// A full disk, as a process sees it.
TEST_F(OutputFileTest, FileThatDoesNotFitLeavesTheOldOne) {
  folder_.write("file", "old");
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto handler = std::signal(SIGXFSZ, SIG_IGN);
  const rlimit little{1 << 16, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &little), 0);
  std::string message;
  try {
    write_file(at("file"), std::string(1 << 20, 'x'));
  } catch (const Error& error) {
    message = error.what();
  }
  ::setrlimit(RLIMIT_FSIZE, &before);
  std::signal(SIGXFSZ, handler);
  EXPECT_THAT(message, HasSubstr("file: cannot write: File too large"));
  EXPECT_THAT(names(), ElementsAre("file"));
  EXPECT_EQ(content(at("file")), "old");
}

TEST_F(OutputFileTest, TargetThatBecomesAFolderIsRefused) {
  OutputFile file(at("file"));
  file.write("new");
  fs::create_directory(at("file"));
  EXPECT_THROW(file.finish(), Error);
}

TEST_F(OutputFileTest, WritersOfOneNameDoNotMix) {
  std::vector<std::thread> writers;
  for (const char c : {'a', 'b', 'c', 'd'}) {
    writers.emplace_back([this, c] {
      for (int i = 0; i < 10; ++i) write_file(at("file"), std::string(200000, c));
    });
  }
  for (std::thread& writer : writers) writer.join();
  const std::string last = content(at("file"));
  EXPECT_EQ(last, std::string(200000, last.at(0)));
  EXPECT_THAT(names(), ElementsAre("file"));
}

}  // namespace
}  // namespace lprnet::base
