#include "lprnet/output_file.hpp"

#include <fcntl.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <optional>
#include <system_error>
#include <utility>

#include "base/error_text.h"
#include "base/file_bytes.h"

namespace lprnet {
namespace {

constexpr std::size_t kBlockBytes = std::size_t{1} << 16;
constexpr int kAttempts = 100;

const char* kind_of(mode_t mode) {
  if (S_ISDIR(mode)) return "a folder";
  if (S_ISFIFO(mode)) return "a named pipe";
  if (S_ISSOCK(mode)) return "a socket";
  return "a device";
}

// The permissions of the regular file that will be replaced. Refuses what is neither that nor a
// link.
std::optional<mode_t> permissions_of(const std::filesystem::path& path) {
  struct stat status {};
  if (::lstat(path.c_str(), &status) != 0 || S_ISLNK(status.st_mode)) return std::nullopt;
  if (!S_ISREG(status.st_mode)) {
    base::fail(ErrorCode::kIo, base::text_of(path), ": is ", kind_of(status.st_mode),
               ", expected the name of a regular file to write");
  }
  return status.st_mode & (S_IRWXU | S_IRWXG | S_IRWXO);
}

// Independent of the target's name, which may already be as long as a file system allows.
std::string random_name() {
  std::uint64_t number = 0;
  while (::getrandom(&number, sizeof number, 0) < 0 && errno == EINTR) {
  }
  char text[32];
  std::snprintf(text, sizeof text, ".lprnet-%016llx", static_cast<unsigned long long>(number));
  return text;
}

std::filesystem::path folder_of(const std::filesystem::path& path) {
  return path.has_parent_path() ? path.parent_path() : ".";
}

// So that the new name survives a loss of power. A file system that cannot do it has no answer to
// give, and the file is there already: no error.
void sync_folder(const std::filesystem::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) return;
  ::fsync(descriptor);
  ::close(descriptor);
}

}  // namespace

OutputFile::OutputFile(const std::filesystem::path& path) : path_(path) {
  if (!path.has_filename()) {
    base::fail(ErrorCode::kIo, base::text_of(path), ": names no file to write");
  }
  const std::optional<mode_t> permissions = permissions_of(path);
  waiting_.reserve(kBlockBytes);
  for (int i = 0; descriptor_ < 0; ++i) {
    unfinished_ = folder_of(path) / random_name();
    descriptor_ = ::open(unfinished_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                         S_IRUSR | S_IWUSR | S_IRGRP | S_IWGRP | S_IROTH | S_IWOTH);
    if (descriptor_ < 0 && (i == kAttempts || (errno != EEXIST && errno != EINTR))) {
      fail_to_write(errno);
    }
  }
  // A file system without permissions keeps none; that is no reason to write nothing.
  if (permissions && ::fchmod(descriptor_, *permissions) != 0 && errno != EPERM &&
      errno != ENOTSUP) {
    const int error = errno;
    ::close(descriptor_);
    ::unlink(unfinished_.c_str());
    fail_to_write(error);
  }
}

OutputFile::~OutputFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!unfinished_.empty()) ::unlink(unfinished_.c_str());
}

void OutputFile::write(std::string_view bytes) {
  if (waiting_.size() + bytes.size() <= kBlockBytes) {
    waiting_.append(bytes);
    return;
  }
  write_all(waiting_);
  waiting_.clear();
  write_all(bytes);
}

void OutputFile::finish() {
  write_all(waiting_);
  waiting_.clear();
  // EINVAL: the file system cannot be asked to.
  if (::fsync(descriptor_) != 0 && errno != EINVAL) fail_to_write(errno);
  // Closed whatever the answer; a network's file system may report a full disk here.
  if (::close(std::exchange(descriptor_, -1)) != 0 && errno != EINTR) fail_to_write(errno);
  // Something else may have taken the name meanwhile: a rename replaces no folder.
  permissions_of(path_);
  if (std::rename(unfinished_.c_str(), path_.c_str()) != 0) fail_to_write(errno);
  unfinished_.clear();
  sync_folder(folder_of(path_));
}

void OutputFile::write_all(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count = ::write(descriptor_, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) fail_to_write(errno);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
}

void OutputFile::fail_to_write(int error) const {
  base::fail(ErrorCode::kIo, base::text_of(path_),
             ": cannot write: ", std::generic_category().message(error));
}

}  // namespace lprnet
